package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Demo is presenter mode: the page /demo shows a buyer's computer, a phone, the desk and the wire on one screen, and plays stories on them.
// Pages may then be framed by this site itself. All fields are required.
type Demo struct {
	// Present tells whether the browser at this address may present: it signs in at the desk without a password.
	Present func(ip string) bool
	// Restart empties the shop and dresses it. What can't be used of the dress is told by its error, in words for the presenter.
	Restart func(ctx context.Context, d Dress) error
	// Misbehave turns on these of the simulator's mischiefs and no others; without names the gateway behaves well.
	Misbehave func(names ...string) error
	// Forge sends a notification that somebody else signed, of a payment that succeeded.
	Forge func(merchantTransactionID string) error
	// Dress is what the shop wears.
	Dress Dress
}

// Dress is a prospect's name, colour, logo and products. What is empty stays the sample shop's.
type Dress = views.Dress

// DemoLogo makes Dress.Logo of a picture. One that is too large is ErrDemoLogo.
func DemoLogo(picture []byte) (string, error) { return views.DemoLogo(picture) }

// ErrDemoLogo says what a logo can't be.
var ErrDemoLogo = views.ErrDemoLogo

// presenting keeps /demo for the machine on which it runs, under the shop's own address: the frames' pages lead there.
func (h *Handler) presenting(c *gin.Context) {
	switch {
	case h.o.Demo == nil:
		h.problem(c, errNotFound)
	case !h.o.Demo.Present(c.ClientIP()):
		h.problem(c, &problem{status: http.StatusForbidden, key: "forbidden", detail: "the demonstration is shown on the machine that runs it"})
	case c.Request.Host != h.o.BaseURL.Host && c.Request.Method == http.MethodGet:
		c.Abort()
		h.redirect(c, h.o.BaseURL.Scheme+"://"+h.o.BaseURL.Host+c.Request.URL.RequestURI())
	}
}

// GET /demo is the stage. The query may hold a dress to try on.
func (h *Handler) demo(c *gin.Context) {
	d := h.o.Demo.Dress
	if tried := dressOf(c.Request.URL.Query()); !tried.IsZero() {
		d = tried
	}
	h.demoPage(c, http.StatusOK, d, "")
}

func (h *Handler) demoPage(c *gin.Context, status int, d Dress, fault string) {
	h.render(c, status, views.Demo(h.page(c), views.DemoView{
		Dress: d, Worn: h.o.Demo.Dress, Fault: fault, Audience: h.audience(),
	}))
}

// dressOf reads a dress from a link or form: name, accent, logo (a data: URL of a picture), and product=Name:Price, again for each.
func dressOf(v url.Values) Dress {
	return Dress{Name: valid(strings.TrimSpace(v.Get("name"))), Accent: valid(v.Get("accent")), Logo: strings.ToValidUTF8(v.Get("logo"), ""), Products: productLines(v["product"])}
}

// productLines splits what was typed, a product on each line.
func productLines(values []string) (lines []string) {
	for _, v := range values {
		for line := range strings.Lines(v) {
			if line = strings.TrimSpace(valid(line)); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// POST /demo/restart begins anew, in the dress that the form holds, or without one (undress).
func (h *Handler) demoRestart(c *gin.Context) {
	values, file, err := upload(c, "logo_file")
	if err != nil {
		h.fail(c, err)
		return
	}
	d := dressOf(values)
	switch {
	case values.Has("undress"):
		d = Dress{}
	case len(file) > 0:
		var logo string
		if logo, err = DemoLogo(file); err == nil {
			d.Logo = logo
		}
	}
	if err == nil {
		err = h.o.Demo.Restart(c.Request.Context(), d)
	}
	if err != nil {
		h.demoPage(c, http.StatusUnprocessableEntity, d, err.Error())
		return
	}
	h.redirect(c, h.path("/demo"))
}

// GET /demo/audience.svg is the code that leads the audience's phones to the shop.
func (h *Handler) demoAudience(c *gin.Context) {
	picture, err := views.QRSVG(h.audience(), nil)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, "image/svg+xml", picture)
}

// audience is where phones in the same network find the shop.
func (h *Handler) audience() string { return strings.TrimSuffix(h.o.BaseURL.String(), "/") + "/" }

// GET /demo/phone is the phone's screen before it scans.
func (h *Handler) demoPhone(c *gin.Context) {
	h.render(c, http.StatusOK, views.DemoPhone(h.page(c), false))
}

// POST /demo/phone scans the code of the newest order that waits, with the wallet's own scanner: it leads straight to the wallet.
func (h *Handler) demoScan(c *gin.Context) {
	ctx := c.Request.Context()
	o, err := h.newestWaiting(ctx)
	if errors.Is(err, models.ErrNotFound) {
		h.render(c, http.StatusConflict, views.DemoPhone(h.page(c), true))
		return
	}
	if err == nil {
		o, err = h.o.Shop.Scanned(ctx, o.Code)
	}
	var target string
	if err == nil {
		phone := models.Terminal{IP: c.ClientIP(), Mode: modePhone, AppType: appIOS, App: walletApps[o.Payment().Processor]}
		_, target, err = h.o.Shop.PaymentURL(ctx, o.Token, phone)
	}
	if to, ok := h.paymentURL(target); err == nil && ok {
		h.redirect(c, to)
		return
	}
	if err != nil && !errors.Is(err, models.ErrPending) {
		h.fail(c, err)
		return
	}
	h.redirect(c, h.orderPath(o.Token))
}

// walletApps are the wallets' own browsers.
var walletApps = map[models.Processor]string{
	models.AlipayHK: appAlipayHK, models.AlipayCN: appAlipay, models.WeChatHK: models.AppWeChat, models.WeChatCN: models.AppWeChat,
}

// newestWaiting is the order that was placed last of those that wait for their buyer, or models.ErrNotFound.
func (h *Handler) newestWaiting(ctx context.Context) (models.Order, error) {
	list, err := h.o.Shop.Orders(ctx, models.OrderFilter{Waiting: true, Limit: 10})
	if err != nil {
		return models.Order{}, err
	}
	for _, o := range list.Orders {
		if waiting(o) && o.Chosen() {
			return h.o.Shop.Order(ctx, o.Token)
		}
	}
	return models.Order{}, models.ErrNotFound
}

// GET /demo/desk signs the presenter in at the desk.
func (h *Handler) demoDesk(c *gin.Context) {
	if c.GetString(adminKey) != "" || h.beginSession(c, 0) {
		h.redirect(c, h.path("/admin/orders"))
	}
}

// POST /demo/act does what a story needs beside the pages: mischief=NAME,… or none, forge=1.
func (h *Handler) demoAct(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if values.Has("mischief") {
		err = h.o.Demo.Misbehave(strings.FieldsFunc(values.Get("mischief"), func(r rune) bool { return r == ',' })...)
	}
	if err == nil && values.Has("forge") {
		var o models.Order
		if o, err = h.newestWaiting(c.Request.Context()); err == nil {
			err = h.o.Demo.Forge(o.Payment().MerchantTransactionID)
		}
	}
	if err != nil {
		h.problem(c, &problem{status: http.StatusConflict, key: "not_found", detail: err.Error()})
		return
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
