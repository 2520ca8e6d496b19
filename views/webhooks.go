package views

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"lianlian-checkout/models"
)

// chips are the list's filters.
func (v AdminWebhooksView) chips(p Page) []chip {
	list := []chip{{p.Text("admin.all"), v.url(p, "", ""), v.Filter.State == ""}}
	for _, s := range models.DeliveryStates {
		list = append(list, chip{p.Text("webhooks.state." + string(s)), v.url(p, s, ""), v.Filter.State == s})
	}
	return list
}

// url is the list with another state; the endpoint stays. The cursor belongs to the filters it was made with.
func (v AdminWebhooksView) url(p Page, s models.DeliveryState, cursor string) string {
	q := url.Values{}
	if s != "" {
		q.Set("state", string(s))
	}
	if v.Filter.Endpoint > 0 {
		q.Set("endpoint", number(v.Filter.Endpoint))
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	path := p.URL("/admin/webhooks")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// dead is how many deliveries were given up, of endpoints that still count.
func (v AdminWebhooksView) dead() (n int) {
	for _, e := range v.Endpoints {
		if e.Reason != models.ReasonRemoved {
			n += e.Dead
		}
	}
	return n
}

// endpointName is what the console calls an endpoint. A URL's query may be a secret of the receiver's.
func (p Page) endpointName(e models.Endpoint) string {
	if e.Kind == models.EndpointHook {
		name := map[string]string{"hook:paid": "OnPaid", "hook:event": "OnEvent"}[e.URL]
		return p.Text("webhooks.hook", "Name", firstOf(name, e.URL))
	}
	name, _, query := strings.Cut(e.URL, "?")
	if query {
		name += "?…"
	}
	return name
}

func (p Page) endpointState(e models.Endpoint) string {
	switch {
	case e.On():
		return p.Text("webhooks.on")
	case e.Reason == models.ReasonGone:
		return p.Text("webhooks.off_gone")
	}
	return p.Text("webhooks.off_removed")
}

func (p Page) eventsOf(e models.Endpoint) string {
	if len(e.Events) == 0 {
		return p.Text("webhooks.all_events")
	}
	return strings.Join(e.Events, " ")
}

func deliveryURL(p Page, d models.Delivery) string { return p.URL("/admin/webhooks/" + number(d.ID)) }

// deliveryTone is the class of an order's status that looks the same.
func deliveryTone(s models.DeliveryState) string {
	switch s {
	case models.DeliveryDelivered:
		return "status-paid"
	case models.DeliveryPending:
		return "status-pending"
	case models.DeliveryDead:
		return "status-failed"
	}
	return ""
}

// answerOf is a try's answer in a word: its status, or that there was none.
func (p Page) answerOf(t models.Try) string {
	switch {
	case t.At.IsZero():
		return "–"
	case t.Status > 0:
		return strconv.Itoa(t.Status)
	case t.Sent():
		return p.Text("webhooks.state.delivered")
	}
	return p.Text("webhooks.no_answer")
}

func (v AdminDeliveryView) facts(p Page) []fact {
	d := v.Delivery
	return filled([]fact{
		{"webhook-id", d.MessageID, true},
		{p.Text("webhooks.event"), d.Type, true},
		{p.Text("webhooks.endpoint"), p.endpointName(d.Endpoint), true},
		{p.Text("webhooks.at"), p.moment(d.CreatedAt), false},
		{p.Text("webhooks.tries"), strconv.Itoa(d.Tries), false},
		{p.Text("webhooks.next"), p.moment(d.NextAt), false},
		{p.Text("webhooks.done"), p.moment(d.DoneAt), false},
	})
}

// laidOut is a JSON body with line breaks; anything else as it is.
func laidOut(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}
	return b.String()
}
