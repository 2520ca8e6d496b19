package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// prospect is a file for a demonstration: a shop, and much that would lead away from the machine.
const prospect = `
shop:
  name: { en: Harbour Books, zh-Hant: 海港書店 }
  accent: "#7a1f5c"
  logo: logos/harbour.png
  products:
    - { slug: atlas, sku: atlas, name: Atlas of the Peak, price: 228.00, image: "https://pictures.example/atlas.png" }
lianlian: { mode: test, base_url: "https://gateway.example/v3", merchant_id: "1" }
webhooks: { endpoints: [{ url: "https://hooks.example/", secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" }] }
embed: { origins: ["https://embeds.example"] }
tracing: { endpoint: "https://traces.example" }
`

// stageProcess is the command demo, running.
type stageProcess struct {
	t   *testing.T
	URL string
}

func startStage(t *testing.T, environ []string, args ...string) *stageProcess {
	t.Helper()
	_, out := startProgram(t, t.TempDir(), environ, append(args, "demo", "--address", "127.0.0.1:0")...)
	line, err := out.ReadString('\n')
	base, ok := strings.CutPrefix(strings.TrimSpace(line), "Demonstration open at ")
	if !ok {
		t.Fatalf("printed %q, %v", line, err)
	}
	return &stageProcess{t, strings.TrimSuffix(base, "/demo")}
}

// page is what the shop answers.
func (p *stageProcess) page(path string) string {
	p.t.Helper()
	answer, err := http.Get(p.URL + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s, %v", path, answer.Status, err)
	}
	return string(body)
}

// logo is the picture in the head of the shop's pages, nil without one.
func (p *stageProcess) logo() []byte {
	p.t.Helper()
	found := regexp.MustCompile(`<img class="logo" src="([^"]+)"`).FindStringSubmatch(p.page("/"))
	if found == nil {
		return nil
	}
	return []byte(p.page(found[1]))
}

func (p *stageProcess) restart(dress url.Values) {
	p.t.Helper()
	answer, err := http.PostForm(p.URL+"/demo/restart", dress)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("restart in %v: %s", dress, answer.Status)
	}
}

// TestDemoFile dresses the demonstration by a file: the shop is the prospect's, nothing leads away, and the environment doesn't count.
func TestDemoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	picture, err := os.ReadFile("../e2e/browser/testdata/logo.png")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "harbour.yaml")
	for name, content := range map[string][]byte{file: []byte(prospect), filepath.Join(folder, "logos", "harbour.png"): picture} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := startStage(t, []string{"CHECKOUT_SHOP_NAME=Elsewhere", "CHECKOUT_LIANLIAN_MODE=live"}, "--config", file)
	own := p.logo()
	if !bytes.HasPrefix(own, []byte("\x89PNG")) && !bytes.HasPrefix(own, []byte("\xff\xd8")) && !bytes.HasPrefix(own, []byte("RIFF")) {
		t.Errorf("the logo is %.40q", own)
	}
	page, colours := p.page("/?lang=en"), p.page("/theme.css")
	for _, want := range []string{"Harbour Books", "Atlas of the Peak", "228.00", "#7a1f5c"} {
		if !strings.Contains(page+colours, want) {
			t.Errorf("the shop lacks %q", want)
		}
	}
	for _, alien := range []string{"Elsewhere", "pictures.example", "gateway.example", "embeds.example"} {
		if strings.Contains(page, alien) {
			t.Errorf("the shop's page has %q", alien)
		}
	}
	p.restart(url.Values{"name": {"Peak Tea"}})
	if page := p.page("/"); !strings.Contains(page, "Peak Tea") || bytes.Equal(p.logo(), own) {
		t.Error("another prospect has the file's name or logo")
	}
	p.restart(url.Values{"undress": {"1"}})
	if page := p.page("/?lang=en"); !strings.Contains(page, "Harbour Books") || !bytes.Equal(p.logo(), own) {
		t.Error("undressed, the shop isn't the file's")
	}
}

func TestDemoFileFaults(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, tt := range []struct{ name, yaml, says string }{
		{"no such logo", "shop: { logo: none.png }", "shop.logo: open " + filepath.Join(folder, "none.png")},
		{"a logo that is none", "shop: { logo: logo.yaml }", "logo: PNG, JPEG or WebP"},
		{"no YAML", "shop: [", "configuration"},
		{"a price that is none", "shop: { products: [{ slug: a, sku: a, name: A, price: free }] }", "price"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(folder, "logo.yaml")
			if err := os.WriteFile(file, []byte(tt.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, stdout, stderr := run(t, nil, "--config", file, "demo", "--address", "127.0.0.1:0"); code != 2 || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit code %d, printed %q %q, want %q in it", code, stdout, stderr, tt.says)
			}
		})
	}
}
