package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"

	"lianlian-checkout/static"
)

func TestURLLeadsToTheFile(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, contentType string }{
		{"checkout.css", "text/css; charset=utf-8"},
		{"checkout.js", "text/javascript; charset=utf-8"},
		{"img/favicon.svg", "image/svg+xml"},
		{"img/wallets/alipay.svg", "image/svg+xml"},
		{"img/wallets/wechat.svg", "image/svg+xml"},
	}
	shape := regexp.MustCompile(`^/static/[0-9a-f]{12}/`)
	for _, tt := range tests {
		url := static.URL(tt.name)
		if !shape.MatchString(url) || !strings.HasSuffix(url, "/"+tt.name) {
			t.Errorf("%s: URL is %s", tt.name, url)
		}
		file, ok := static.Find(strings.TrimPrefix(url, "/static/"))
		content, contentType := file.Content, file.ContentType
		if !ok || len(content) == 0 || contentType != tt.contentType {
			t.Errorf("%s: found %v, %d bytes of %q, want %q", tt.name, ok, len(content), contentType, tt.contentType)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	right := strings.TrimPrefix(static.URL("checkout.css"), "/static/")
	hash, _, _ := strings.Cut(right, "/")
	for name, path := range map[string]string{
		"wrong hash": "000000000000/checkout.css", "no hash": "checkout.css", "unknown file": hash + "/nothing.css", "climbing": hash + "/../static.go",
		"our source": hash + "/static.go", "nothing": "", "missing": strings.TrimPrefix(static.URL("nothing.css"), "/static/"), "a folder": hash + "/img",
	} {
		if _, ok := static.Find(path); ok {
			t.Errorf("%s: %q is served", name, path)
		}
	}
}

func TestGzipHoldsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"checkout.css", "checkout.js"} {
		f, ok := static.Find(strings.TrimPrefix(static.URL(name), "/static/"))
		if !ok || f.Gzip == nil || len(f.Gzip) >= len(f.Content) {
			t.Fatalf("%s: no smaller variant", name)
		}
		r, err := gzip.NewReader(bytes.NewReader(f.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, f.Content) {
			t.Errorf("%s: the compressed variant is another file (%v)", name, err)
		}
	}
}

// TestFilesAskNobody: a page's files fetch nothing from elsewhere and run nothing that the policy forbids.
func TestFilesAskNobody(t *testing.T) {
	t.Parallel()
	for name, forbidden := range map[string]string{
		"checkout.css": `(?i)@import|url\(|expression\(|https?:`,
		"desk.css":     `(?i)@import|url\(|expression\(|https?:`,
		"checkout.js":  `\beval\(|new Function|innerHTML|document\.write|https?:|\bimport\b`,
	} {
		file, ok := static.Find(strings.TrimPrefix(static.URL(name), "/static/"))
		content := file.Content
		if !ok {
			t.Fatalf("no %s", name)
		}
		if found := regexp.MustCompile(forbidden).Find(content); found != nil {
			t.Errorf("%s contains %q", name, found)
		}
	}
}

func TestStyleSheetCoversEveryMedium(t *testing.T) {
	t.Parallel()
	file, _ := static.Find(strings.TrimPrefix(static.URL("checkout.css"), "/static/"))
	content := file.Content
	for _, medium := range []string{"prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "forced-colors: active", "@media print", ":focus-visible"} {
		if !bytes.Contains(content, []byte(medium)) {
			t.Errorf("nothing for %s", medium)
		}
	}
	light, _, _ := bytes.Cut(content, []byte("}")) // the first rule holds the tokens
	used := regexp.MustCompile(`var\((--[a-z-]+)\)`)
	for _, m := range used.FindAllSubmatch(content, -1) {
		if !bytes.Contains(light, append(m[1], ':')) {
			t.Errorf("%s is used and nowhere defined", m[1])
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(strings.TrimPrefix(static.URL("checkout.css"), "/static/"))
	f.Add("../../etc/passwd")
	f.Add("//")
	f.Fuzz(func(t *testing.T, path string) {
		if file, ok := static.Find(path); ok && (file.ContentType == "" || "/static/"+path != static.URL(path[13:])) {
			t.Errorf("%q is served as %q", path, file.ContentType)
		}
	})
}

// heldSince is what embed.v1.js was when it came out. Sites name it with its hash: it is never changed. A new version gets a new file.
const heldSince = "sha384-Z/dPj7L2NKSeCUGQ7XadWv1tjdb0URsKnUiVvws2VMGrYutdwmJ6w6Xh3Mig5anW"

func TestFrozenScriptIsFrozen(t *testing.T) {
	t.Parallel()
	if got := static.Integrity("embed.v1.js"); got != heldSince {
		t.Errorf("embed.v1.js is %s, want %s: put changes into embed.js, and the next version into embed.v2.js", got, heldSince)
	}
	if got := static.Integrity("nothing.js"); got != "" {
		t.Errorf("a file that doesn't exist has the hash %s", got)
	}
}

func TestEmbedScriptIsSmall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"embed.js", "embed.v1.js"} {
		f, ok := static.Find(strings.TrimPrefix(static.URL(name), "/static/"))
		if !ok || len(f.Gzip) == 0 || len(f.Gzip) > 8000 {
			t.Errorf("%s is %d bytes compressed, want at most 8000", name, len(f.Gzip))
		}
		for _, bad := range []string{"eval(", "new Function", "innerHTML", "setAttribute(\"style\"", "document.write", "postMessage(message, \"*\"", "\"*\""} {
			if bytes.Contains(f.Content, []byte(bad)) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
}
