package models

import "regexp"

// What spreadsheets take for the beginning of a formula: a sign, full-width ones and blanks before it included, and a tab or a line end alone.
const (
	signs  = `[=+\-@＝＋－＠]`
	starts = `['\s\x{3000}]*` + signs + `|'*[\t\r\n]`
)

var (
	formula     = regexp.MustCompile(`^(?:` + starts + `)`)
	apostrophed = regexp.MustCompile(`^'(?:` + starts + `)`)
	// A sign in the middle begins one too, where another program's settings may end the cell before it.
	split            = regexp.MustCompile(`([;|]["'\s]*)(` + signs + `)`)
	apostrophedSplit = regexp.MustCompile(`([;|]["'\s]*)'(` + signs + `)`)
	// plainNumber is a number in every spreadsheet, and stays one.
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

// SafeCell is a cell that no spreadsheet runs as a formula: an apostrophe makes a text of what looks like the beginning of one, as OWASP
// advises ("CSV injection"). What has apostrophes there already gets one more, so that ReadCell undoes it.
func SafeCell(s string) string {
	if plainNumber.MatchString(s) {
		return s
	}
	if formula.MatchString(s) {
		s = "'" + s
	}
	return split.ReplaceAllString(s, "$1'$2")
}

// ReadCell is what SafeCell was given.
func ReadCell(s string) string {
	if apostrophed.MatchString(s) {
		s = s[1:]
	}
	return apostrophedSplit.ReplaceAllString(s, "$1$2")
}
