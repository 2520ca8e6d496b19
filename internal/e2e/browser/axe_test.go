package browser

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeCore is axe-core's source, empty where it isn't installed. It is only for tests and not in this repository.
var axeCore = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(filepath.Join("..", "..", "..", ".ci", "tools", "axe", "node_modules", "axe-core", "axe.min.js"))
	return string(source), err
})

// TestAxe says whether TestEveryPage asks axe.
func TestAxe(t *testing.T) {
	t.Parallel()
	switch _, err := axeCore(); {
	case errors.Is(err, fs.ErrNotExist) && !required("axe"):
		t.Skip("no axe-core on this machine, so no page is checked with it: npm ci --prefix .ci/tools/axe")
	case err != nil:
		t.Fatal(err)
	}
}

// axeRun asks for the findings: rules of WCAG 2.2 A and AA and axe's own good practice, each as one line for each element.
const axeRun = `axe.run(document, {
	runOnly: whole ? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] : {type: "rule", values: ["color-contrast", "link-in-text-block"]},
	rules: whole ? {"target-size": {enabled: true}} : {},
	resultTypes: ["violations"],
	preload: false,
}).then((found) => {
	if (found.violations.length + found.passes.length === 0) return ["axe judged nothing"];
	return found.violations.flatMap((v) => v.nodes.map((n) => v.id + " (" + v.impact + ") at " + n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " ")));
})`

// axe is what axe finds on the page: by all rules, or by those that judge colours alone. The source goes in by the
// debugger's door, which the page's policy doesn't guard; the policy stays as it is.
func (b *tab) axe(whole bool) []string {
	b.t.Helper()
	source, err := axeCore()
	if err != nil {
		return nil // TestAxe says so
	}
	if b.device.withoutScript { // the page has been loaded without; axe needs promises
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
		defer command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	if !value[bool](b, `typeof axe === "object"`) {
		value[bool](b, source+";\ntrue")
	}
	rules := "true"
	if !whole {
		rules = "false"
	}
	return do(b, "ask axe", chromedp.Evaluate[[]string]("((whole) => "+axeRun+")("+rules+")", chromedp.EvalAwaitPromise))
}
