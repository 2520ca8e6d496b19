package models

// SignCheck is what was found about a message's signature: why it matches, or doesn't.
type SignCheck struct {
	Finding  string // one of SignFindings
	Signing  string // the string that has to be signed (guide 2.2)
	Lean     string // the same without empty values, where that differs
	Why      string // the body can't be read, in English
	Expected string
	// DiffersAt is the byte where Signing and Expected part, -1 when they are the same or nothing was expected.
	DiffersAt int
}

// SignFindings are what can be found.
var SignFindings = []string{"nothing", "match", "lean", "unreadable", "length", "own", "own_text", "other_key", "hash", "raw", "other_text", "as_expected", "bad_body"}

// Good tells whether the signature matches.
func (s SignCheck) Good() bool { return s.Finding == "match" || s.Finding == "lean" }
