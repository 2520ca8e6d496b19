package checkout

import (
	"errors"
	"strconv"
	"testing"

	"lianlian-checkout/models"
)

// TestSeen: an order is read once, read anew after a change, and never kept when the change came while it was being read.
func TestSeen(t *testing.T) {
	t.Parallel()
	var s seen
	old, now := models.Order{Number: "old"}, models.Order{Number: "new"}

	mine, _ := s.look("a")
	if mine == nil {
		t.Fatal("an order that was never read was found")
	}
	s.keep("a", mine, old, nil)
	if again, got := s.look("a"); again != nil || got.Number != "old" {
		t.Fatalf("look = %+v, %+v; want the order that was kept", again, got)
	}

	s.forget("a")
	if mine, _ = s.look("a"); mine == nil {
		t.Fatal("a changed order was still found")
	}
	s.forget("a") // it changes while it is being read
	s.keep("a", mine, old, nil)
	if mine, _ = s.look("a"); mine == nil {
		t.Fatal("what was read before the change was kept")
	}
	other, _ := s.look("a") // two read at once: the later one's place counts
	s.keep("a", mine, old, nil)
	s.keep("a", other, now, nil)
	if again, got := s.look("a"); again != nil || got.Number != "new" {
		t.Errorf("look = %+v, %+v; want the newer reading", again, got)
	}

	mine, _ = s.look("b")
	s.keep("b", mine, models.Order{}, errors.New("down"))
	if mine, _ = s.look("b"); mine == nil {
		t.Error("a failed reading was kept")
	}
	for i := range 10 * maxSeen {
		s.look(strconv.Itoa(i))
	}
	if n := len(s.byToken); n > maxSeen {
		t.Errorf("%d orders are remembered, want at most %d", n, maxSeen)
	}
}
