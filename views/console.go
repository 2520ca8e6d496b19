package views

import (
	"net/url"
	"slices"
	"strings"

	"lianlian-checkout/models"
)

// chip is one filter of the order list, as a link.
type chip struct {
	label, url string
	current    bool
}

// chips are the list's filters by status; each keeps the others.
func (v AdminOrdersView) chips(p Page) []chip {
	of := func(status string, attention bool) string {
		q := v.values()
		q.Del("status")
		q.Del("attention")
		if status != "" {
			q.Set("status", status)
		}
		if attention {
			q.Set("attention", "1")
		}
		return ordersURL(p, "/admin/orders", q)
	}
	list := []chip{
		{p.Text("admin.all"), of("", false), v.status() == "" && !v.Filter.Attention},
		{p.Text("admin.attention"), of("", true), v.Filter.Attention},
		{p.Text("filter.waiting"), of("waiting", false), v.Filter.Waiting && !v.Filter.Attention},
	}
	for _, s := range models.OrderStatuses {
		list = append(list, chip{p.Text("status." + string(s)), of(string(s), false), v.Filter.Status == s && !v.Filter.Attention})
	}
	return list
}

// status is the query's word for the filter's status.
func (v AdminOrdersView) status() string {
	if v.Filter.Waiting {
		return "waiting"
	}
	return string(v.Filter.Status)
}

func (v AdminOrdersView) from() string {
	if v.Filter.From.IsZero() {
		return ""
	}
	return models.DayOf(v.Filter.From).String()
}

// to is the last day that counts.
func (v AdminOrdersView) to() string {
	if v.Filter.To.IsZero() {
		return ""
	}
	return (models.DayOf(v.Filter.To) - 1).String()
}

// currencies are those to choose from, with the one that is chosen.
func (v AdminOrdersView) currencies() []string {
	if v.Filter.Currency == "" || slices.Contains(v.Currencies, v.Filter.Currency) {
		return v.Currencies
	}
	return append(slices.Clone(v.Currencies), v.Filter.Currency)
}

// values are the filters as the list's query has them, without the cursor, which belongs to the filters that it was made with.
func (v AdminOrdersView) values() url.Values {
	q := url.Values{}
	link, attention := "", ""
	if v.Filter.LinkID != 0 {
		link = number(v.Filter.LinkID)
	}
	if v.Filter.Attention {
		attention = "1"
	}
	for _, f := range []struct{ name, value string }{
		{"status", v.status()}, {"attention", attention}, {"q", v.Filter.Query}, {"wallet", string(v.Filter.Processor)}, {"currency", v.Filter.Currency},
		{"from", v.from()}, {"to", v.to()}, {"link", link},
	} {
		if f.value != "" {
			q.Set(f.name, f.value)
		}
	}
	return q
}

// filtered tells whether anything is left out.
func (v AdminOrdersView) filtered() bool { return len(v.values()) > 0 }

func ordersURL(p Page, path string, q url.Values) string {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return p.URL(path)
}

func (v AdminOrdersView) csv(p Page) string { return ordersURL(p, "/admin/orders.csv", v.values()) }

func (v AdminOrdersView) next(p Page) string {
	q := v.values()
	q.Set("cursor", v.List.Next)
	return ordersURL(p, "/admin/orders", q)
}

func (v AdminOrdersView) first(p Page) string { return ordersURL(p, "/admin/orders", v.values()) }

// walletOption is a wallet in a list to choose from, where no tag can stand.
func (p Page) walletOption(w models.Processor) string {
	return p.wallet(w) + p.Text("event.detail.region", "Region", p.Text(walletRegion(w)))
}

func adminOrderURL(p Page, o models.Order) string { return p.URL("/admin/orders/" + number(o.ID)) }

// eventName is an event's kind in words; a kind that we have no words for stands as it is.
func (p Page) eventName(e models.Event) string {
	key := "event." + string(e.Kind)
	if e.Kind == models.EventEvidence && e.Source != "" {
		key = "event.source." + string(e.Source)
	}
	if e.Kind == models.EventRefund && e.Source != "" {
		key += "." + string(e.Source)
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

// loginError is what went wrong at signing in, in words.
func (p Page) loginError(f AdminLoginForm) string {
	switch {
	case f.Error == "too_many":
		return p.Text("admin.error_too_many", "Count", max(f.Minutes, 1))
	case f.Codes:
		return p.Text("admin.error_wrong_code")
	}
	return p.Text("admin.error_wrong")
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
