package views

import (
	"maps"
	"slices"
)

// For the tests alone: the groups of refusals and the names of the form's fields.
var (
	Refusals = refusals
	Declines = declines
)

// Notices are those that have a tone.
func Notices() []Notice { return slices.Collect(maps.Keys(tones)) }

// FieldNames are the fields that the customer form knows.
func FieldNames() []string {
	var names []string
	for name := range customerFields {
		names = append(names, name)
	}
	return names
}

// Placeholders are the names in a message.
func Placeholders(lang, key string) (one, other []string, ok bool) {
	m, ok := catalogue()[lang][key]
	names := func(list []segment) (out []string) {
		for _, s := range list {
			if s.name != "" {
				out = append(out, s.name)
			}
		}
		return out
	}
	return names(m.one), names(m.other), ok
}

// Keys are a language's message keys.
func Keys(lang string) []string {
	var keys []string
	for k := range catalogue()[lang] {
		keys = append(keys, k)
	}
	return keys
}

// AreaCodes are the international dialling codes in a language's list.
func AreaCodes(lang string) (codes, labels []string) {
	for _, o := range areaLists()[lang] {
		codes, labels = append(codes, o.value), append(labels, o.label)
	}
	return codes, labels
}
