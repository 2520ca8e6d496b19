package handlers

import "lianlian-checkout/models"

// What the tests need of the inside.
var (
	ParseItems   = parseItems
	FormatItems  = formatItems
	JoinPhone    = joinPhone
	LocalPath    = localPath
	AcceptsGzip  = acceptsGzip
	MaxAddresses = maxAddresses
)

// NewIntent draws a form's one-time mark as the form does.
func NewIntent() string { return models.NewToken(intentLength) }

// Detect is what a User-Agent tells.
func Detect(agent string) (t models.Terminal, bot bool) {
	d := detect(agent)
	return d.terminal, d.bot
}

// OfferOf says how the wallet is paid with in the browser.
func OfferOf(agent string, p models.Processor) (how, why string) { return detect(agent).offer(p) }
