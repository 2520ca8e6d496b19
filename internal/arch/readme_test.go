package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmesInStep keeps README.zh-Hans.md beside README.md: the same sections, commands, settings with their defaults where these are
// code, links and pictures. What a sentence says is for people to keep. Seen to fail with a key, a link and a command line left out.
func TestReadmesInStep(t *testing.T) {
	t.Parallel()
	en, zh := readme(t, "README.md"), readme(t, "README.zh-Hans.md")
	for _, what := range []struct{ name, pattern string }{
		{"code blocks", "(?ms)^ *```.*?^ *```$"},
		{"levels of headings", `(?m)^#+ `},
		{"first cells of tables", "(?m)^\\| ([^|]*`[^|]*) \\|"},
		{"numbered steps", `(?m)^\d\. \*\*`},
		{"targets of links", `\]\([^)]+\)`},
		{"environment variables", `CHECKOUT_[A-Z_]+`},
	} {
		re := regexp.MustCompile(what.pattern)
		a, b := re.FindAllString(en, -1), re.FindAllString(zh, -1)
		b = slices.DeleteFunc(b, func(s string) bool { return s == "](README.md)" })
		a = slices.DeleteFunc(a, func(s string) bool { return s == "](README.zh-Hans.md)" })
		for i := range max(len(a), len(b)) {
			x, y := at(a, i), at(b, i)
			if neutral(x) != neutral(y) {
				t.Errorf("%s: number %d is %q in README.md and %q in README.zh-Hans.md", what.name, i+1, x, y)
				break
			}
		}
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// neutral leaves out what differs between the languages by right.
func neutral(s string) string { return strings.NewReplacer("、", ", ", "，", ", ").Replace(s) }

func readme(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
