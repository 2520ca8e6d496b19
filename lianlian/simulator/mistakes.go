package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"lianlian-checkout/lianlian"
)

// SignatureFault says why a merchant's signature wasn't accepted.
type SignatureFault struct {
	// Finding is what the signature is. It is told from the merchant's side of the wire: the key that should have signed is
	// the merchant's, "own" is the gateway's.
	Finding lianlian.Finding `json:"finding"`
	// Canonical is the string that the simulator computed (guide 2.2); empty for a body that can't be read.
	Canonical string `json:"canonical"`
	// Mistake names how the merchant made its string, if it is a common one: raw, unsorted, nested_json, url_encoded, …
	Mistake string `json:"mistake,omitempty"`
	// Theirs is the string that the merchant signed, known when Mistake is.
	Theirs string `json:"theirs,omitempty"`
	// DiffersAt is the byte where Canonical and Theirs part, -1 if Theirs isn't known.
	DiffersAt int `json:"differs_at"`
}

// diagnose tells why a signature doesn't match. The signature holds the digest of what the merchant signed: the strings that
// common mistakes make are tried until one has that digest.
func (s *Simulator) diagnose(body []byte, signature string) *SignatureFault {
	key, own := s.opts.MerchantKey, s.PublicKey()
	d := lianlian.Diagnose(body, signature, "", key, own)
	f := &SignatureFault{Finding: d.Finding, Canonical: d.Signing, DiffersAt: -1}
	if d.Finding != lianlian.FoundText && d.Finding != lianlian.FoundRaw {
		return f
	}
	for _, m := range mistakes {
		text, ok := m.text(body)
		if !ok || text == "" && m.name != "empty" {
			continue
		}
		if m.name == "raw" && d.Finding != lianlian.FoundRaw {
			continue
		}
		tried := lianlian.Diagnose(body, signature, text, key, own)
		if tried.Finding == lianlian.FoundExpected || m.name == "raw" && tried.Finding == lianlian.FoundRaw {
			f.Mistake, f.Theirs, f.DiffersAt = m.name, text, tried.DiffersAt
			return f
		}
	}
	return f
}

// mistake is a wrong way to make the string of guide 2.2.
type mistake struct {
	name string
	text func(body []byte) (string, bool)
}

var mistakes = []mistake{
	{"raw", func(body []byte) (string, bool) { return string(body), true }},
	{"unsorted", fromLeaves(func(l []leaf) string { return joined(l, "&", plain) })},
	{"nested_json", topLevel},
	{"with_names", withNames},
	{"url_encoded", fromLeaves(func(l []leaf) string {
		return joined(sorted(l), "&", func(l leaf) string { return l.name + "=" + url.QueryEscape(l.value) })
	})},
	{"flat_sort", fromLeaves(func(l []leaf) string { return joined(sorted(l), "&", plain) })},
	{"trailing_ampersand", fromSigning(func(s string) string { return s + "&" })},
	{"no_separator", fromSigning(func(s string) string { return strings.ReplaceAll(s, "&", "") })},
	{"lower_case", fromSigning(strings.ToLower)},
	{"values_only", fromLeaves(func(l []leaf) string { return joined(sorted(l), "", func(l leaf) string { return l.value }) })},
	{"compact", func(body []byte) (string, bool) {
		var b bytes.Buffer
		err := json.Compact(&b, body)
		return b.String(), err == nil
	}},
	{"sorted_json", func(body []byte) (string, bool) {
		v, err := readObject(body)
		if err != nil {
			return "", false
		}
		text, err := encode(v)
		return string(text), err == nil
	}},
}

func fromSigning(change func(string) string) func([]byte) (string, bool) {
	return func(body []byte) (string, bool) {
		s, err := lianlian.SigningString(body)
		return change(s), err == nil
	}
}

// leaf is a scalar of a body.
type leaf struct{ name, value string }

func plain(l leaf) string { return l.name + "=" + l.value }

func joined(list []leaf, by string, write func(leaf) string) string {
	parts := make([]string, len(list))
	for i, l := range list {
		parts[i] = write(l)
	}
	return strings.Join(parts, by)
}

// sorted sorts all leaves in one, as if there were no levels.
func sorted(list []leaf) []leaf {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b leaf) int { return cmp.Compare(a.name, b.name) })
	return list
}

func fromLeaves(write func([]leaf) string) func([]byte) (string, bool) {
	return func(body []byte) (string, bool) {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		var list []leaf
		if _, err := readObject(body); err != nil || leaves(dec, "", &list) != nil {
			return "", false
		}
		return write(list), true
	}
}

// leaves collects the scalars of the next value in the order in which they stand.
func leaves(dec *json.Decoder, name string, list *[]leaf) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, isOpen := t.(json.Delim)
	if !isOpen {
		if t != nil {
			*list = append(*list, leaf{name, scalarText(t)})
		}
		return nil
	}
	for dec.More() {
		inner := name
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			inner, _ = key.(string)
		}
		if err := leaves(dec, inner, list); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func scalarText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, _ := json.Marshal(v) // a number or a truth value
	return string(text)
}

// topLevel sorts the first level alone and leaves what is nested as JSON.
func topLevel(body []byte) (string, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return "", false
	}
	var list []leaf
	for name, raw := range fields {
		value := string(raw)
		var s string
		if json.Unmarshal(raw, &s) == nil {
			value = s
		}
		list = append(list, leaf{name, value})
	}
	return joined(sorted(list), "&", plain), true
}

// withNames keeps the names of objects and arrays before what they hold.
func withNames(body []byte) (string, bool) {
	v, err := readObject(body)
	if err != nil {
		return "", false
	}
	var write func(v any) string
	write = func(v any) string {
		switch v := v.(type) {
		case object:
			var list []leaf
			for name, inner := range v {
				if inner != nil {
					list = append(list, leaf{name, write(inner)})
				}
			}
			return joined(sorted(list), "&", plain)
		case []any:
			var parts []string
			for _, inner := range v {
				parts = append(parts, write(inner))
			}
			return strings.Join(parts, "&")
		}
		return scalarText(v)
	}
	return write(v), true
}
