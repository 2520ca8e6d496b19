package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lianlian-checkout/models"
)

// longestValue is how many bytes a value of a desk page's query has at most.
const longestValue = 256

// deskQuery is a desk page's query, read strictly: a misspelt filter would show orders that weren't asked for. What is wrong is a 400 that
// says where.
type deskQuery struct {
	values map[string]string
	wrong  *problem
}

// readDeskQuery reads a query that may hold the names, each once. A name without a value counts as left out; so does lang, which is the
// layout's.
func readDeskQuery(raw string, names ...string) *deskQuery {
	q := &deskQuery{values: map[string]string{}}
	query, err := url.ParseQuery(raw)
	if err != nil || len(raw) > longestQuery {
		q.refuse("unreadable", "")
		return q
	}
	given := make([]string, 0, len(query))
	for name := range query {
		given = append(given, name)
	}
	slices.Sort(given) // of several faults the same one is told each time
	for _, name := range given {
		value := query[name][0]
		switch {
		case name != "lang" && !slices.Contains(names, name):
			q.refuse("unknown", name)
		case len(query[name]) > 1:
			q.refuse("twice", name)
		case len(value) > longestValue || !utf8.ValidString(value) || strings.ContainsRune(value, 0):
			q.refuse("value", name)
		default:
			q.values[name] = value
		}
	}
	return q
}

// refuse keeps the first fault. what names the words of trouble.query.
func (q *deskQuery) refuse(what, name string) {
	if q.wrong != nil {
		return
	}
	if name = strings.ToValidUTF8(name, "�"); len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	q.wrong = badRequest("the query's " + strconv.QuoteToASCII(name) + " is " + what)
	q.wrong.words = []any{"trouble.query." + what, "Name", name}
}

// text is a value without the space around it.
func (q *deskQuery) text(name string) string { return strings.TrimSpace(q.values[name]) }

// one is a value that must be one of a list.
func one[T ~string](q *deskQuery, name string, of []T) T {
	v := T(q.text(name))
	if v != "" && !slices.Contains(of, v) {
		q.refuse("value", name)
	}
	return v
}

// id is a value that must be a positive number; 0 when it is left out.
func (q *deskQuery) id(name string) int64 {
	v := q.text(name)
	if v == "" {
		return 0
	}
	id, err := strconv.ParseInt(v, 10, 64)
	if err != nil || id <= 0 {
		q.refuse("value", name)
	}
	return id
}

// mark is a value that is 1 or left out.
func (q *deskQuery) mark(name string) bool {
	v := q.text(name)
	if v != "" && v != "1" {
		q.refuse("value", name)
	}
	return v == "1"
}

// day is a value that must be a day.
func (q *deskQuery) day(name string) (d models.Day, given bool) {
	v := q.text(name)
	if v == "" {
		return 0, false
	}
	d, err := models.ParseDay(v)
	if err != nil {
		q.refuse("value", name)
	}
	return d, true
}

// err is the first fault.
func (q *deskQuery) err() error {
	if q.wrong == nil {
		return nil
	}
	return q.wrong
}
