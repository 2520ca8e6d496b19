package handlers

import "sync"

// streamsPerOrder is enough for a buyer with a phone, a computer and a few forgotten tabs.
const streamsPerOrder = 8

// streams counts the open status streams and ends them together.
type streams struct {
	most int
	done chan struct{} // closed when streams must end

	mu     sync.Mutex
	closed bool
	open   int
	of     map[string]int // by order token
}

func newStreams(most int) *streams {
	return &streams{most: most, done: make(chan struct{}), of: map[string]int{}}
}

// enter takes a place for a stream of the order, if one is left; leave gives it back.
func (s *streams) enter(token string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.open >= s.most || s.of[token] >= streamsPerOrder {
		return nil, false
	}
	s.open++
	s.of[token]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.of[token]--; s.of[token] == 0 {
			delete(s.of, token)
		}
	}, true
}

func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
}
