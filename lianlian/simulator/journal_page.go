package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// exchangeRow is a request of the journal with its answer, as the page shows it.
type exchangeRow struct {
	Request, Answer           WireMessage
	Answered                  bool
	Headers                   []field
	RequestText, ResponseText string
	Diff                      *diffView
	Expected                  string // what was pasted to be compared
}

// diffView is two strings around the character where they part.
type diffView struct {
	At           int // the character, from 1
	Ours, Theirs cutText
}

type cutText struct{ Before, At, After string }

type journalView struct {
	Rows []exchangeRow
}

// rows puts requests and answers together, the newest first.
func rows(list []WireMessage) []exchangeRow {
	answers := map[uint64]WireMessage{}
	var out []exchangeRow
	for _, m := range slices.Backward(list) {
		if m.Answer {
			answers[m.Exchange] = m
			continue
		}
		row := exchangeRow{Request: m, RequestText: indented(m.Body)}
		row.Answer, row.Answered = answers[m.Seq]
		row.ResponseText = indented(row.Answer.Body)
		row.Headers = headerFields(m.Header)
		if f := row.Answer.Fault; f != nil && f.DiffersAt >= 0 {
			row.Diff = diffOf(f.Canonical, f.Theirs)
		}
		out = append(out, row)
	}
	return out
}

// headerFields are headers by their names.
func headerFields(h http.Header) (list []field) {
	for name, values := range h {
		list = append(list, field{name, strings.Join(values, ", ")})
	}
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// diffOf shows where two strings part; nil when they are the same.
func diffOf(ours, theirs string) *diffView {
	if ours == theirs {
		return nil
	}
	at := 0
	for at < len(ours) && at < len(theirs) {
		a, n := utf8.DecodeRuneInString(ours[at:])
		b, m := utf8.DecodeRuneInString(theirs[at:])
		if a != b || n != m {
			break
		}
		at += n
	}
	return &diffView{At: utf8.RuneCountInString(ours[:at]) + 1, Ours: cutAt(ours, at), Theirs: cutAt(theirs, at)}
}

// cutAt shows a text around a byte that begins a character.
func cutAt(text string, at int) cutText {
	const around = 80
	before, after := []rune(text[:at]), []rune(text[at:])
	c := cutText{Before: string(before), At: "⏎"} // the end of the text
	if len(before) > around {
		c.Before = "…" + string(before[len(before)-around:])
	}
	if len(after) > 0 {
		c.At, after = string(after[:1]), after[1:]
	}
	c.After = string(after)
	if len(after) > around {
		c.After = string(after[:around]) + "…"
	}
	return c
}

// showJournal: GET /journal.
func (s *Simulator) showJournal(w http.ResponseWriter, r *http.Request) {
	s.renderJournal(w, r, rows(s.Journal(0)))
}

func (s *Simulator) renderJournal(w http.ResponseWriter, r *http.Request, list []exchangeRow) {
	s.render(w, r, http.StatusOK, "journal", page{Title: "journal.title", Wide: true, Back: "/journal", Data: journalView{list}})
}

// compareStrings: POST /journal/{exchange}: the string that the merchant signed, beside the one that the simulator computed.
func (s *Simulator) compareStrings(w http.ResponseWriter, r *http.Request) {
	exchange, err := strconv.ParseUint(r.PathValue("exchange"), 10, 64)
	list := rows(s.Journal(0))
	i := slices.IndexFunc(list, func(row exchangeRow) bool { return row.Request.Seq == exchange })
	if err != nil || i < 0 || list[i].Answer.Fault == nil {
		s.showNotFound(w, r)
		return
	}
	list[i].Expected = strings.TrimRight(r.PostFormValue("expected"), "\r\n")
	list[i].Diff = diffOf(list[i].Answer.Fault.Canonical, list[i].Expected)
	s.renderJournal(w, r, list)
}
