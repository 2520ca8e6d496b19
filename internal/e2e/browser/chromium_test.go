// Package browser drives the whole program through a real browser: Debian's Chromium, without a window.
package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// require names what this machine must have, separated by commas: what is missing then fails instead of being skipped.
const require = "CHECKOUT_TEST_REQUIRE"

// required tells whether this machine must have what is named.
func required(name string) bool {
	return slices.Contains(strings.Split(os.Getenv(require), ","), name)
}

func TestMain(m *testing.M) {
	program.Main(func() int {
		code := m.Run()
		return max(code, one.stop(), windowed.stop())
	})
}

// process is a Chromium; every tab has a browser context of its own in it, as if nobody had been here before.
type process struct {
	programs []string // the first one that is installed is taken
	once     sync.Once
	ctx      context.Context
	folder   string // the user's data
	err      error
}

// one is the Chromium of all tests but those that need windowed, which keeps a page for the back button. The shell is the same
// engine without windows, which takes half the time.
var (
	one      = process{programs: []string{"chromium-headless-shell", "chromium"}}
	windowed = process{programs: []string{"chromium"}}
)

// chromium starts the browser of all tests, or skips the test.
func chromium(t *testing.T) {
	t.Helper()
	one.use(t)
}

// use is the browser's context. It skips the test on a machine that has no Chromium, and in short mode: the race detector,
// which runs so, has nothing to find in a page, and what the program does it sees in package e2e.
func (p *process) use(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser: not in short mode")
	}
	p.once.Do(p.start)
	switch {
	case errors.Is(p.err, exec.ErrNotFound) && !required("chromium"):
		t.Skipf("not on this machine: to run this test install Debian's package %s", strings.Join(p.programs, " or "))
	case p.err != nil:
		t.Fatalf("start %s: %v", p.programs, p.err)
	}
	return p.ctx
}

func (p *process) start() {
	var path string
	for _, name := range p.programs {
		if path, p.err = exec.LookPath(name); p.err == nil {
			break
		}
	}
	if p.err != nil {
		return
	}
	if p.folder, p.err = os.MkdirTemp("", "checkout-chromium-"); p.err != nil {
		return
	}
	ctx, _ := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.UserDataDir(p.folder),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("site-per-process", true), // other sites' frames in processes of their own, as in every desktop browser
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-breakpad", true),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter"), chromedp.Flag("password-store", "basic"),
		chromedp.WSURLReadTimeout(patience), chromedp.WindowSize(1280, 800))
	p.ctx, _ = chromedp.NewContext(ctx)
	p.err = chromedp.Do(p.ctx)
}

// stop ends the browser and removes its folder. It returns the exit code.
func (p *process) stop() int {
	if p.ctx == nil {
		return 0
	}
	limit, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Cancel(limit); err != nil {
		println("stop chromium:", err.Error())
		return 1
	}
	if err := os.RemoveAll(p.folder); err != nil {
		println("remove chromium's folder:", err.Error())
		return 1
	}
	return 0
}

// patience is how long one step in the browser may take on a busy machine.
const patience = 30 * time.Second
