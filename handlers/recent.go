package handlers

// recent remembers what was asked for last, in bounded memory: when the young generation is full it becomes the old one,
// and what was old is forgotten.
type recent[V any] struct {
	most       int // of each generation
	young, old map[string]V
}

func newRecent[V any](most int) *recent[V] { return &recent[V]{most: most, young: map[string]V{}} }

func (r *recent[V]) get(key string) (V, bool) {
	v, ok := r.young[key]
	if !ok {
		if v, ok = r.old[key]; ok {
			r.put(key, v)
		}
	}
	return v, ok
}

func (r *recent[V]) put(key string, v V) {
	if len(r.young) >= r.most {
		r.old, r.young = r.young, make(map[string]V, r.most)
	}
	r.young[key] = v
}
