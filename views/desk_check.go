package views

import (
	"slices"

	"lianlian-checkout/models"
)

// CheckLine is a finding in words.
type CheckLine struct {
	Check  string       `json:"check"`
	Grade  models.Grade `json:"grade"`
	Reason string       `json:"reason"`
	Name   string       `json:"name"`
	Found  string       `json:"found"`
	Remedy string       `json:"remedy,omitempty"` // empty when all is in order
}

// CheckLines words findings.
func (p Page) CheckLines(list []models.Finding) []CheckLine {
	var lines []CheckLine
	for _, f := range list {
		var args []any
		for name, value := range f.Facts {
			args = append(args, name, value)
		}
		key := "check." + f.Check + "." + f.Reason
		l := CheckLine{Check: f.Check, Grade: f.Grade, Reason: f.Reason, Name: p.Text("check." + f.Check + ".name"), Found: p.Text(key, args...)}
		if f.Grade != models.GradePass {
			l.Remedy = p.Text(key+".remedy", args...)
		}
		lines = append(lines, l)
	}
	return lines
}

// checkSums are how many lines have each grade, the gravest first; a grade that none has is left out.
func (p Page) checkSums(list []models.Finding) (sums []fact) {
	for _, g := range []models.Grade{models.GradeFail, models.GradeWarn, models.GradePass} {
		n := 0
		for _, f := range list {
			if f.Grade == g {
				n++
			}
		}
		if n > 0 {
			sums = append(sums, fact{label: checkTone(g), value: p.Text("check.sum."+string(g), "Count", n)})
		}
	}
	return sums
}

// gravest puts what has to be done first; lines of one grade keep their order.
func gravest(lines []CheckLine) []CheckLine {
	order := []models.Grade{models.GradeFail, models.GradeWarn, models.GradePass}
	slices.SortStableFunc(lines, func(a, b CheckLine) int { return slices.Index(order, a.Grade) - slices.Index(order, b.Grade) })
	return lines
}

func checkTone(g models.Grade) string {
	switch g {
	case models.GradePass:
		return "status-paid"
	case models.GradeWarn:
		return "status-pending"
	case models.GradeFail:
		return "status-failed"
	}
	return ""
}

// SignView is the page of the signature check.
type SignView struct {
	Body, Signature, Expected string
	Found                     *models.SignCheck // nil before anything was pasted
}

// SignVerdict words what was found.
func (p Page) SignVerdict(s models.SignCheck) string {
	key := "sign.finding." + s.Finding
	if s.Finding == "bad_body" {
		return p.Text(key, "Why", s.Why)
	}
	return p.Text(key)
}

// around cuts the neighbourhood out of a text where it parts from another one: what is the same before it, and what follows.
func around(text string, at int) (before, after string) {
	const before30, after30 = 30, 30
	at = min(at, len(text))
	head, tail := []rune(text[:at]), []rune(text[at:])
	if len(head) > before30 {
		before = "…" + string(head[len(head)-before30:])
	} else {
		before = string(head)
	}
	if len(tail) > after30 {
		return before, string(tail[:after30]) + "…"
	}
	return before, string(tail)
}

func beforeOf(text string, at int) string { before, _ := around(text, at); return before }
func afterOf(text string, at int) string  { _, after := around(text, at); return after }
