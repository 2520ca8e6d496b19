package app

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestRest is about when memory goes back: after the start, and once for each pause. Seen to fail with "freed != now" taken out.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &resting{Handler: http.NotFoundHandler()}
		var freed atomic.Int64
		go r.rest(t.Context(), func() { freed.Add(1) })
		busy := func(seconds int) {
			for range seconds * 2 {
				r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
				time.Sleep(500 * time.Millisecond)
			}
		}
		for _, step := range []struct {
			name string
			do   func()
			want int64
		}{
			{"started", func() { time.Sleep(10 * time.Second) }, 1},
			{"in a rush", func() { busy(10) }, 1},
			{"after it", func() { time.Sleep(time.Minute) }, 2},
			{"after one request", func() { busy(1); time.Sleep(time.Minute) }, 3},
		} {
			step.do()
			if got := freed.Load(); got != step.want {
				t.Errorf("%s: memory was given back %d times, want %d", step.name, got, step.want)
			}
		}
	})
}
