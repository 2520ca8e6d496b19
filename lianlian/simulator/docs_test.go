package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// table reads the cells of a table in docs/simulator.md, without its head.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- "+name+" -->\n")
	if !ok {
		t.Fatalf("there is no table %s", name)
	}
	var list [][]string
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.Trim(strings.TrimSpace(cell), "`"))
		}
		list = append(list, cells)
	}
	if len(list) < 4 {
		t.Fatalf("table %s has %d lines", name, len(list))
	}
	return list[2:]
}

// ruleRows are the rows of rules.go by the fields' paths, as the document names them.
func ruleRows() map[string]rule {
	rows := map[string]rule{}
	var walk func(prefix string, rules []rule)
	walk = func(prefix string, rules []rule) {
		for _, r := range rules {
			rows[prefix+r.field] = r
			inner := prefix + r.field + "."
			if r.kind == listOf {
				inner = prefix + r.field + "[0]."
			}
			walk(inner, r.inside)
		}
	}
	walk("", paymentRules)
	walk("refund: ", refundRules)
	walk("cancelpay: ", cancelRules)
	return rows
}

// TestRulesDocument: the table of fields has each row of rules.go, with its length and whether it is mandatory, and every test that the document
// names is there.
func TestRulesDocument(t *testing.T) {
	t.Parallel()
	rows := ruleRows()
	named := map[string]bool{}
	for _, cells := range table(t, "fields") {
		r, ok := rows[cells[0]]
		if !ok {
			t.Errorf("%s is no row of rules.go, or is there twice", cells[0])
			continue
		}
		delete(rows, cells[0])
		length := ""
		if r.max > 0 {
			length = strconv.Itoa(r.max)
		}
		if (cells[2] == "M") != r.mandatory || cells[3] != length {
			t.Errorf("%s: the document says %q %q, the code %v %d", cells[0], cells[2], cells[3], r.mandatory, r.max)
		}
		named[cells[5]] = true
	}
	for path := range rows {
		t.Errorf("%s isn't in docs/simulator.md", path)
	}
	for _, cells := range table(t, "rules") {
		if cells[3] == "" {
			t.Errorf("%s is shown by no test", cells[0])
		}
		named[cells[3]] = true
	}
	code := ""
	files, _ := filepath.Glob("*_test.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code += string(text)
	}
	for list := range named {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); !regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`).MatchString(code) {
				t.Errorf("there is no test %s", name)
			}
		}
	}
}

// TestListsDocument: the lists of the document are the code's.
func TestListsDocument(t *testing.T) {
	t.Parallel()
	provocations := table(t, "provocations")
	if len(provocations) != len(Provocations()) {
		t.Errorf("%d provocations in the document, %d in the code", len(provocations), len(Provocations()))
	}
	for i, p := range Provocations() {
		if got := strings.Join(provocations[min(i, len(provocations)-1)], " "); got != strings.Join([]string{p.Amount.String(), p.Name(), string(p.ReturnCode), string(p.DeclineCode)}, " ") {
			t.Errorf("provocation %d: %s", i, got)
		}
	}
	var got, want []string
	for _, cells := range table(t, "mischiefs") {
		got = append(got, strings.Join(cells, "|"))
	}
	for _, m := range mischiefs {
		want = append(want, m.Name+"|"+m.Title("en")+"|"+m.Shop("en"))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("mischiefs:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got, want = nil, nil
	for _, cells := range table(t, "knobs") {
		got = append(got, cells[0]+"|"+cells[3])
	}
	for _, k := range knobs {
		want = append(want, k.name+"|"+say("en", "knob."+k.name+".help"))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("knobs:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
