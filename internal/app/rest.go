package app

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// restAfter is how long nobody must have asked for anything before the memory of the last rush goes back to the system.
const restAfter = time.Second

// resting counts the requests, so that rest knows when there are none.
type resting struct {
	http.Handler
	requests atomic.Int64
}

func (r *resting) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.requests.Add(1)
	r.Handler.ServeHTTP(w, req)
}

// rest gives memory back whenever requests have come and then ceased, until ctx ends. It collects garbage once for
// each pause; a shop in which somebody asks for something every second never rests.
func (r *resting) rest(ctx context.Context, free func()) {
	tick := time.NewTicker(restAfter)
	defer tick.Stop()
	freed, last := int64(-1), int64(0) // what starting took goes back too
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := r.requests.Load(); now != last {
			last = now
		} else if freed != now {
			freed = now
			free()
		}
	}
}
