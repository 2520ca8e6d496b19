package handlers

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// phone joins the area chosen and the number typed into "+<area>-<number>" (guide 3.2). A number typed with its own "+"
// wins over the area chosen.
func (f *customerForm) phone() {
	area, typed := tidy(f.values.Get("phone_area")), tidy(f.values.Get("phone"))
	if !utf8.ValidString(f.values.Get("phone")) || !utf8.ValidString(f.values.Get("phone_area")) {
		f.wrong("phone", ruleCharacters, 0)
	}
	if typed == "" {
		return
	}
	phone, ok := joinPhone(area, typed)
	if !ok {
		f.wrong("phone", ruleFormat, 0)
		phone = typed // as it was, to be put right
		if a, ok := digitsOf(area); ok && !strings.HasPrefix(typed, "+") {
			phone = "+" + a + "-" + typed
		}
	}
	f.customer.Phone = phone
}

// joinPhone makes "+852-91234567" of what was chosen and typed. E.164 allows 15 digits in all.
func joinPhone(area, typed string) (string, bool) {
	typed = norm.NFKC.String(typed)
	if len(typed) > 64 || len(area) > 64 {
		return "", false
	}
	rest, international := strings.CutPrefix(typed, "+")
	if !international {
		rest, international = strings.CutPrefix(typed, "00")
	}
	chosen, areaOK := digitsOf(area)
	var number string
	var ok bool
	switch {
	case !international:
		number, ok = digitsOf(rest)
		ok = ok && areaOK
	case strings.ContainsAny(rest[:min(len(rest), 5)], "- "):
		// The area ends where the writer put a blank or a hyphen.
		before, after, _ := strings.Cut(strings.Replace(rest, "-", " ", 1), " ")
		a, okBefore := digitsOf(before)
		n, okAfter := digitsOf(after)
		chosen, number, ok = a, n, okBefore && okAfter
	default:
		all, allOK := digitsOf(rest)
		n := callingCode(all)
		if areaOK && strings.HasPrefix(all, chosen) {
			n = len(chosen)
		}
		ok = allOK && n < len(all)
		if ok {
			chosen, number = all[:n], all[n:]
		}
	}
	if !ok || len(chosen) > 4 || len(number) < 4 || len(chosen)+len(number) > 15 || chosen[0] == '0' {
		return "", false
	}
	return "+" + chosen + "-" + number, true
}

// digitsOf drops what people put between digits. It fails on anything else, and when no digit is left.
func digitsOf(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()+", r) {
			return -1
		}
		return r
	}, s)
	return s, s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// twoDigitCodes are the country calling codes of two digits (ITU E.164); 1 and 7 have one digit, all others three.
var twoDigitCodes = strings.Fields("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98")

// callingCode is the length of the country calling code that the digits begin with.
func callingCode(digits string) int {
	switch {
	case strings.HasPrefix(digits, "1"), strings.HasPrefix(digits, "7"):
		return 1
	case len(digits) >= 2 && slices.Contains(twoDigitCodes, digits[:2]):
		return 2
	}
	return 3
}
