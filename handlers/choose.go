package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// POST /orders/{token}/start starts the payment of a session on its hosted page, with the wallet that the buyer has chosen and the customer's
// fields that were missing.
func (h *Handler) startOrder(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !h.asksBuyer(order) { // it was started meanwhile, or is over
		h.redirect(c, h.stayPath(c, order.Token, nil))
		return
	}
	customer := customerForm{values: h.filledIn(order, values)}
	customer.parse(h.o.Shop, h.requires(order), h.extraOf(order))
	customer.customer.OpenID = order.Customer.OpenID
	processor := models.Processor(values.Get("payment_processor"))
	if !slices.Contains(h.o.Processors, processor) {
		customer.wrong("payment_processor", ruleRequired, 0)
		processor = ""
	}
	shown := views.OrderView{Order: order, Choose: true, Form: views.CheckoutForm{Customer: customer.customer, Processor: processor, Errors: customer.errors}}
	if len(customer.errors) > 0 {
		h.orderPage(c, http.StatusUnprocessableEntity, shown)
		return
	}
	started, err := h.o.Shop.ChooseWallet(c.Request.Context(), order.Token, WalletChoice{
		Processor: processor, Customer: customer.customer, Terminal: h.terminal(c, processor), Language: h.lang(c),
	})
	var invalid *models.InvalidError
	switch {
	case errors.As(err, &invalid):
		shown.Form.Errors = invalid.Fields
		h.orderPage(c, http.StatusUnprocessableEntity, shown)
	case correctable(err):
		errors.As(err, &shown.Form.Declined)
		shown.Order = started
		h.orderPage(c, explain(err).status, shown)
	case stands(err):
		h.leadOn(c, started, h.device(c), err)
	default:
		h.wentOn(c, started, err)
	}
}

// asksBuyer tells whether the order's page asks for the wallet: none is chosen yet, or the gateway refused what was filled in.
func (h *Handler) asksBuyer(o models.Order) bool {
	return o.Session && o.Status == models.OrderOpen && o.Payable(h.o.Now()) && (!o.Chosen() || refusedField(o))
}

// refusedField tells whether the gateway complained of a field (guide 5.3.4); it doesn't stay known which.
func refusedField(o models.Order) bool { return o.Payment().ReturnCode == "INVALID_PARAMETER" }

// filledIn is the customer as the merchant's server gave it, with what the buyer was asked for in its place.
func (h *Handler) filledIn(o models.Order, values url.Values) url.Values {
	merged := url.Values{}
	for _, f := range fields {
		customer := o.Customer
		merged.Set(f.name, *f.at(&customer))
	}
	if e := o.Customer.Extra; e != nil {
		merged.Set("extra", e.Value)
	}
	asked := h.asked(o)
	if slices.Contains(asked, "phone") {
		asked = append(asked, "phone_area")
	}
	for _, name := range append(asked, "extra") {
		if values.Has(name) {
			merged.Set(name, values.Get(name))
		}
	}
	return merged
}

// asked are the customer fields that the hosted page asks for: those that the shop insists on and doesn't know, and all of them where the
// gateway refused one.
func (h *Handler) asked(o models.Order) []string {
	var names []string
	for _, f := range fields {
		customer := o.Customer
		value := *f.at(&customer)
		missing := value == "" && slices.Contains(h.requires(o), f.name) && (f.name != "full_name" || customer.Name() == "") &&
			!(f.name == "state" && stateless(h.o.Shop, customer.Country))
		if missing || (refusedField(o) && (value != "" || slices.Contains(h.requires(o), f.name))) {
			names = append(names, f.name)
		}
	}
	return names
}

// askBuyer fills in what the hosted page asks for. A session whose time is over is shown so, also before it was noticed.
func (h *Handler) askBuyer(v *views.OrderView) {
	o := v.Order
	if o.Session && o.Status == models.OrderOpen && !o.Chosen() && !o.Payable(h.o.Now()) {
		v.Order.Status = models.OrderExpired
		return
	}
	if v.Choose = v.Choose || h.asksBuyer(o); !v.Choose {
		return
	}
	v.Asked = h.asked(o)
	wrong := slices.Clone(v.Form.Errors)
	if d := v.Form.Declined; d != nil {
		wrong = append(wrong, models.FieldError{Field: d.Field})
	}
	for _, e := range wrong {
		if !slices.Contains(v.Asked, e.Field) && slices.ContainsFunc(fields, func(f field) bool { return f.name == e.Field }) {
			v.Asked = append(v.Asked, e.Field)
		}
	}
	if v.Form.Customer == (models.Customer{}) {
		v.Form.Customer = o.Customer
	}
	if v.Device.Inside {
		v.PageLink = h.orderURL(o)
	}
	v.Form.Offers, v.Form.Device, v.Form.Require = v.Offers, v.Device, h.requires(o)
	v.Form.Countries, v.Form.States = h.o.Shop.Countries(), h.states()
	if o.Customer.Extra == nil {
		v.Form.Extra = h.extraOf(o)
	}
}
