package simulator

import (
	"iter"
	"slices"
)

// registry is a map that remembers the order of arrival and forgets the oldest entry beyond its limit.
// It isn't safe for concurrent use.
type registry[V any] struct {
	limit  int
	values map[string]V
	order  []string
}

func newRegistry[V any](limit int) *registry[V] {
	return &registry[V]{limit: limit, values: map[string]V{}}
}

func (r *registry[V]) get(key string) (V, bool) {
	v, ok := r.values[key]
	return v, ok
}

// set stores v. When a new key goes beyond the limit, it returns the oldest value, which is gone.
func (r *registry[V]) set(key string, v V) (evicted V, ok bool) {
	if _, exists := r.values[key]; !exists {
		r.order = append(r.order, key)
	}
	r.values[key] = v
	if len(r.order) <= r.limit {
		return evicted, false
	}
	oldest := r.order[0]
	r.order = r.order[1:]
	evicted = r.values[oldest]
	delete(r.values, oldest)
	return evicted, true
}

func (r *registry[V]) remove(key string) {
	if _, ok := r.values[key]; !ok {
		return
	}
	delete(r.values, key)
	r.order = slices.DeleteFunc(r.order, func(k string) bool { return k == key })
}

// newest yields the values, the last to arrive first.
func (r *registry[V]) newest() iter.Seq[V] {
	return func(yield func(V) bool) {
		for i := len(r.order) - 1; i >= 0; i-- {
			if !yield(r.values[r.order[i]]) {
				return
			}
		}
	}
}
