package handlers

import (
	"errors"
	"strconv"
	"testing"
)

// TestRecent fills the memory over and over: it stays bounded, and what is asked for now and then is kept.
func TestRecent(t *testing.T) {
	t.Parallel()
	r := newRecent[int](4)
	r.put("kept", -1)
	for i := range 100 {
		r.put(strconv.Itoa(i), i)
		if v, ok := r.get("kept"); !ok || v != -1 {
			t.Fatalf("after %d: kept = %d, %t", i, v, ok)
		}
		if n := len(r.young) + len(r.old); n > 8 {
			t.Fatalf("%d are remembered, want at most 8", n)
		}
	}
	if _, ok := r.get("0"); ok {
		t.Error("the first one is still remembered")
	}
}

// TestCodesAreDrawnOnce asks for one picture twice and for another kind of it; a picture that can't be drawn isn't kept.
func TestCodesAreDrawnOnce(t *testing.T) {
	t.Parallel()
	q := codes{drawn: newRecent[[]byte](4)}
	drawn := 0
	draw := func() ([]byte, error) { drawn++; return []byte("picture"), nil }
	for _, key := range []string{"svg", "svg", "png", "svg"} {
		if got, err := q.of(key, draw); err != nil || string(got) != "picture" {
			t.Fatalf("%s: %q, %v", key, got, err)
		}
	}
	if drawn != 2 {
		t.Errorf("drawn %d times, want 2", drawn)
	}
	if _, err := q.of("bad", func() ([]byte, error) { return nil, errors.New("too long") }); err == nil {
		t.Error("no error for a picture that can't be drawn")
	}
	if _, err := q.of("bad", draw); err != nil {
		t.Errorf("drawn anew: %v", err)
	}
}
