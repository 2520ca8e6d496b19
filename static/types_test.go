package static_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/static"
)

// TestTypesAgree compiles what a site in TypeScript would write, right and wrong, against embed.d.ts.
func TestTypesAgree(t *testing.T) {
	t.Parallel()
	compiler := filepath.Join("..", ".ci", "tools", "types", "node_modules", "typescript", "bin", "tsc")
	_, err := os.Stat(compiler)
	node, nodeErr := exec.LookPath("node")
	if err != nil || nodeErr != nil {
		if slices.Contains(strings.Split(os.Getenv("CHECKOUT_TEST_REQUIRE"), ","), "typescript") {
			t.Fatal("no TypeScript on this machine")
		}
		t.Skip("no TypeScript on this machine: npm ci --prefix .ci/tools/types")
	}
	out, err := exec.CommandContext(t.Context(), node, compiler, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", filepath.Join("testdata", "embed_use.ts")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTypesNameWhatThereIs holds the declared names beside those of the script.
func TestTypesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	script, types := string(static.Content("embed.js")), string(static.Content("embed.d.ts"))
	events := regexp.MustCompile(`\| \{ type: "([a-z]+)"`).FindAllStringSubmatch(types, -1)
	if len(events) != 6 {
		t.Errorf("%d events are declared, want 6", len(events))
	}
	for _, e := range events {
		callback := "on" + strings.ToUpper(e[1][:1]) + e[1][1:]
		if !strings.Contains(types, callback+"?(event") || !strings.Contains(types, `"checkout:`+e[1]+`": CustomEvent`) || !strings.Contains(script, `"`+e[1]+`"`) {
			t.Errorf("the event %s isn't in all places", e[1])
		}
	}
	api := regexp.MustCompile(`(?s)window\.Checkout = \{(.*?)\n  \};`).FindStringSubmatch(script)
	if api == nil {
		t.Fatal("the script makes no window.Checkout")
	}
	for _, name := range regexp.MustCompile(`(?m)^    ([a-z]+)[,:]`).FindAllStringSubmatch(api[1], -1) {
		if !regexp.MustCompile(`(?m)^  (readonly )?` + name[1] + `[(:]`).MatchString(types) {
			t.Errorf("Checkout.%s isn't declared", name[1])
		}
	}
}
