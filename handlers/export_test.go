package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"

	"lianlian-checkout/models"
)

// What the tests need of the inside.
var (
	ParseItems   = parseItems
	FormatItems  = formatItems
	JoinPhone    = joinPhone
	LocalPath    = localPath
	AcceptsGzip  = acceptsGzip
	MaxAddresses = maxAddresses
	TableCell    = tableCell
)

// NewIntent draws a form's one-time mark as the form does.
func NewIntent() string { return models.NewToken(intentLength) }

// Detect is what a User-Agent tells.
func Detect(agent string) (t models.Terminal, kind string, bot bool) {
	d := detect(agent)
	return d.terminal, string(d.browser), d.bot
}

// OfferOf says how the wallet is paid with in the browser.
func OfferOf(agent string, p models.Processor) (how, why string, here bool) {
	o := detect(agent).offer(p)
	return o.How, o.Why, o.Here
}

// OfferIn is a cell of the truth table.
func OfferIn(row string, p models.Processor) (how, why string, here bool) {
	o := device{browser: browser(row)}.offer(p)
	return o.How, o.Why, o.Here
}

// Browsers are the rows of the truth table.
func Browsers() []string {
	var list []string
	for b := range wallets {
		list = append(list, string(b))
	}
	return list
}

// Hashing passwords is quick in tests.
func init() { passwordCost.Memory, passwordCost.Iterations = 64, 1 }

// DeskRoutes are the desk's routes, like "GET /admin/orders/:id", without HEAD.
func (h *Handler) DeskRoutes() (list []string) {
	for _, r := range h.engine.Routes() {
		if r.Method != http.MethodHead && (r.Path == "/admin" || strings.HasPrefix(r.Path, "/admin/")) {
			list = append(list, r.Method+" "+r.Path)
		}
	}
	return list
}

// CodeAt is the code that an app with the secret shows at a time.
func CodeAt(secret string, at time.Time) string {
	code, err := hotp.GenerateCodeCustom(strings.ReplaceAll(secret, " ", ""), uint64(at.Unix()/stepSeconds), codeOptions) //nolint:gosec // a test's
	if err != nil {
		panic(err)
	}
	return code
}
