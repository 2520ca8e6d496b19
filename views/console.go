package views

import (
	"net/url"
	"strings"

	"lianlian-checkout/models"
)

// chip is one filter of the order list, as a link.
type chip struct {
	label, url string
	current    bool
}

// chips are the list's filters; each keeps what is searched for.
func (v AdminOrdersView) chips(p Page) []chip {
	all := v.Filter.Status == "" && !v.Filter.Attention
	list := []chip{
		{p.Text("admin.all"), v.url(p, "", false, ""), all},
		{p.Text("admin.attention"), v.url(p, "", true, ""), v.Filter.Attention},
	}
	for _, s := range models.OrderStatuses {
		list = append(list, chip{p.Text("status." + string(s)), v.url(p, s, false, ""), v.Filter.Status == s && !v.Filter.Attention})
	}
	return list
}

// url is the list with other filters. The cursor belongs to the filters it was made with.
func (v AdminOrdersView) url(p Page, s models.OrderStatus, attention bool, cursor string) string {
	q := url.Values{}
	if s != "" {
		q.Set("status", string(s))
	}
	if attention {
		q.Set("attention", "1")
	}
	if v.Filter.Query != "" {
		q.Set("q", v.Filter.Query)
	}
	if v.Filter.LinkID != 0 {
		q.Set("link", number(v.Filter.LinkID))
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	path := p.URL("/admin/orders")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func (v AdminOrdersView) next(p Page) string {
	return v.url(p, v.Filter.Status, v.Filter.Attention, v.List.Next)
}

func (v AdminOrdersView) first(p Page) string {
	return v.url(p, v.Filter.Status, v.Filter.Attention, "")
}

func adminOrderURL(p Page, o models.Order) string { return p.URL("/admin/orders/" + number(o.ID)) }

// eventName is an event's kind in words; a kind that we have no words for stands as it is.
func (p Page) eventName(e models.Event) string {
	key := "event." + string(e.Kind)
	if e.Kind == models.EventEvidence && e.Source != "" {
		key = "event.source." + string(e.Source)
	}
	if p.has(key) {
		return p.Text(key)
	}
	return strings.ReplaceAll(string(e.Kind), "_", " ")
}

// change is how an event moved the payment or the order: "WP → PS". The gateway's codes stand as they are, an order's
// status in words.
func (p Page) change(e models.Event) string {
	word := func(state string) string {
		if key := "status." + state; p.has(key) {
			return p.Text(key)
		}
		return firstOf(state, "–")
	}
	if e.From == "" {
		return word(e.To)
	}
	return word(e.From) + " → " + word(e.To)
}

// eventDetail is an event's detail. What is said of a buyer who went on is made of fixed words, "alipayhk, new attempt",
// and has them in the page's language.
func (p Page) eventDetail(e models.Event) string {
	if e.Kind != models.EventRetried {
		return e.Detail
	}
	wallet, rest, _ := strings.Cut(e.Detail, ", ")
	if w := models.Processor(wallet); w.Known() {
		wallet = p.wallet(w) + p.Text("event.detail.region", "Region", p.Text(walletRegion(w)))
	}
	switch rest {
	case "":
		return wallet
	case "new attempt":
		return wallet + p.Text("event.detail.new_attempt")
	}
	return wallet + ", " + rest
}

// verdictTone is how an event's verdict looks.
func verdictTone(v models.Verdict) string {
	switch v {
	case models.VerdictApplied:
		return "positive"
	case models.VerdictRefused, models.VerdictMismatch:
		return "negative"
	case models.VerdictRepeated, models.VerdictStale, models.VerdictHint:
		return "neutral"
	}
	return "neutral"
}

// loginError is the text key for what went wrong at signing in.
func loginError(code string) string {
	if code == "too_many" {
		return "admin.error_too_many"
	}
	return "admin.error_wrong"
}

// key is the problem's texts; a name without texts gets those of a fault on our side or on the request's.
func (e ProblemView) key() string {
	switch e.Key {
	case "not_found", "too_large", "bad_request", "forbidden", "too_many", "unavailable", "internal", "simulator_off", "method", "return":
		return e.Key
	}
	if e.Status >= 400 && e.Status < 500 {
		return "bad_request"
	}
	return "internal"
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func pieces(lines []models.LineItem) int64 { return models.Cart{Lines: lines}.Pieces() }
