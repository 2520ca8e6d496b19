// Package arch checks the house rules: who imports whom, and where the fixed libraries may be used.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lianlian-checkout"

// allowed says which of our packages each package's code (not its tests) may import.
var allowed = map[string][]string{
	"":                   {"internal/app"},
	"internal/app":       {"internal/config", "internal/mailer", "internal/requestid", "internal/telemetry", "internal/version", "internal/webhooks", "checkout", "lianlian", "lianlian/simulator", "models", "static"}, // models for listen and trigger, static for the hashes that version prints: the rest goes through the door that strangers use
	"internal/config":    {"checkout", "lianlian/simulator", "models"},                                                                                                                                                  // the simulator, to check simulator.scenario
	"internal/mailer":    {"models"},
	"internal/webhooks":  {},
	"internal/pictures":  {},
	"internal/requestid": {},
	"internal/telemetry": {"internal/requestid", "internal/version", "models"}, // the one door to Prometheus and OpenTelemetry
	"internal/version":   {},
	"checkout":           {"handlers", "models", "lianlian", "internal/requestid", "internal/pictures", "internal/telemetry", "internal/webhooks"},
	"handlers":           {"views", "models", "static", "internal/requestid"},
	"views":              {"models"},
	"lianlian":           {},
	"lianlian/simulator": {"lianlian"},
	"models":             {},
	"models/storetest":   {"models"},
	"static":             {},

	"internal/mailer/mailtest": {},
	"internal/walk":            {},

	"examples/nethttp": {"checkout", "lianlian", "lianlian/simulator"}, // what is promised to importers
	"examples/gin":     {"checkout", "lianlian", "lianlian/simulator"},
	"examples/chi":     {"checkout", "lianlian", "lianlian/simulator"},
}

// only says where an outside library may be used; a file is named by its path and may be a pattern.
var only = map[string][]string{
	"github.com/gin-gonic/gin":    {"handlers/*.go", "examples/gin/main.go"},
	"gorm.io/driver/":             {"models/store*.go", "models/open.go", "examples/gin/main.go"},
	"gorm.io/gorm":                {"models/store*.go", "models/open.go", "models/migrate.go", "checkout/checkout.go", "examples/gin/main.go"}, // Options.DB
	"github.com/a-h/templ":        {"views/*.go", "handlers/*.go"},
	"github.com/skip2/go-qrcode":  {"views/qr.go", "internal/app/demo.go"},
	"github.com/alecthomas/kong":  {"internal/app/*.go"},
	"github.com/goccy/go-yaml":    {"internal/config/*.go"},
	"github.com/pressly/goose/v3": {"models/migrate.go"},
	"github.com/wneessen/go-mail": {"internal/mailer/mailer.go"},
	"github.com/emersion/":        {"internal/mailer/mailtest/*.go"},
	"github.com/go-chi/":          {"examples/chi/main.go"},
	"golang.org/x/image/":         {"internal/pictures/*.go"},
	"github.com/bep/imagemeta":    {"internal/pictures/*.go"},

	"github.com/prometheus/": {"internal/telemetry/*.go", "checkout/checkout.go", "internal/app/overlook.go"}, // Options.Metrics
	"go.opentelemetry.io/":   {"internal/telemetry/*.go", "checkout/checkout.go", "internal/app/overlook.go"}, // Options.Traces

	"github.com/standard-webhooks/": {"internal/webhooks/webhooks.go"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" || rel == "data") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			check(t, rel, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

func check(t *testing.T, file, imported string) {
	t.Helper()
	pkg := path.Dir(file)
	if pkg == "." {
		pkg = ""
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		list, known := allowed[pkg]
		if !known {
			if strings.HasPrefix(pkg, "internal/e2e") || strings.HasPrefix(pkg, "internal/bench") {
				return
			}
			t.Errorf("%s: package %s has no line in the table of who may import whom", file, pkg)
		} else if !slices.Contains(list, ours) {
			t.Errorf("%s imports %s; %s may import only %v", file, ours, pkg, list)
		}
		return
	}
	if pkg == "lianlian" || pkg == "lianlian/simulator" {
		if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
			t.Errorf("%s imports %s; %s uses the standard library only", file, imported, pkg)
		}
	}
	for prefix, places := range only {
		if strings.HasPrefix(imported, prefix) && !strings.HasPrefix(pkg, "internal/bench") && !slices.ContainsFunc(places, func(p string) bool { ok, _ := path.Match(p, file); return ok }) {
			t.Errorf("%s imports %s, which belongs in %v only", file, imported, places)
		}
	}
}
