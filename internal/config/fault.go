package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong.
type Fault struct {
	// Key is the key's path, like shop.products[2].price, or the name of an environment variable that isn't known.
	Key string
	// Where is what set the key: "line 12", or the environment variable's name. Empty if nothing did.
	Where   string
	Problem string // what is wrong; never holds a secret
	Remedy  string // what would be right
}

// String is the fault on one line.
func (f Fault) String() string {
	s := f.Key
	if f.Where != "" {
		s += " (" + f.Where + ")"
	}
	s += ": " + f.Problem
	if f.Remedy != "" {
		s += "; " + f.Remedy
	}
	return s
}

// Errors is everything that is wrong, at least one fault.
type Errors []Fault

// Error has one line for each fault.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// faults collects faults, one for each key at most: what follows from a fault would only hide it.
type faults struct {
	list  Errors
	seen  map[string]bool
	where map[string]string // key → what set it
}

func newFaults() *faults {
	return &faults{seen: map[string]bool{}, where: map[string]string{}}
}

func (f *faults) add(key, problem, remedy string) {
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	f.list = append(f.list, Fault{Key: key, Where: f.origin(key), Problem: problem, Remedy: remedy})
}

// origin is what set the key, or the nearest thing around it that anything set.
func (f *faults) origin(key string) string {
	for key != "" {
		if w, ok := f.where[key]; ok {
			return w
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return ""
}

// shown quotes a wrong value if it is short enough to be a slip of the pen and not a secret in the wrong place.
func shown(s string) string {
	if len(s) > 24 || strings.HasPrefix(s, "whsec_") || strings.HasPrefix(s, "-----") {
		return fmt.Sprintf("a value of %d characters", len(s))
	}
	return fmt.Sprintf("%q", s)
}

// oneOf words a choice: "use text or json".
func oneOf(choices []string) string {
	if len(choices) == 1 {
		return "use " + choices[0]
	}
	last := len(choices) - 1
	return "use " + strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// choice words a choice and points out the one that was probably meant.
func choice(wrong string, choices []string) string {
	if n := nearest(wrong, choices); n != "" {
		return fmt.Sprintf("did you mean %s? %s", n, oneOf(choices))
	}
	return oneOf(choices)
}

// nearest is the choice that a slip or two turn into word, or nothing.
func nearest(word string, choices []string) string {
	best, least := "", len(word)/3+1
	for _, c := range choices {
		if d := distance(strings.ToLower(word), strings.ToLower(c), least); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with a neighbour. Words that differ in
// length by more than limit are not compared.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
