package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// linkBody is the body of POST /api/v1/links. Exactly one of items, amount and free says what is paid.
type linkBody struct {
	Title       any        `json:"title"` // a text, or texts by language
	Items       []itemBody `json:"items"`
	Amount      *string    `json:"amount"`
	Free        *freeBody  `json:"free"`
	Reference   string     `json:"reference"`
	Question    any        `json:"question"`
	MaxPayments *int64     `json:"max_payments"` // null: any number
	ExpiresAt   *string    `json:"expires_at"`   // RFC 3339
}

// freeBody says between which sums the payer chooses; all of it may be left out.
type freeBody struct {
	Least     *string `json:"least"`
	Most      *string `json:"most"`
	Suggested *string `json:"suggested"`
}

// linkJSON is a payment link as its maker reads it.
type linkJSON struct {
	ID          string           `json:"id"`
	URL         string           `json:"url"` // the page, which the QR code holds
	Title       models.Text      `json:"title"`
	Status      models.LinkState `json:"status"`
	Currency    string           `json:"currency"`
	Amount      *string          `json:"amount"`
	Free        *linkFreeJSON    `json:"free"`
	Items       []linkItemJSON   `json:"items"`
	Reference   *string          `json:"reference"`
	Question    *models.Text     `json:"question"`
	MaxPayments *int64           `json:"max_payments"`
	Paid        int64            `json:"paid"`    // orders that money came for
	Waiting     int64            `json:"waiting"` // orders that wait for it
	CreatedAt   time.Time        `json:"created_at"`
	ExpiresAt   *time.Time       `json:"expires_at"`
}

type linkFreeJSON struct {
	Least     *string `json:"least"`
	Most      *string `json:"most"`
	Suggested *string `json:"suggested"`
}

type linkItemJSON struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

func (h *Handler) apiLink(l models.Link) linkJSON {
	sum := func(m models.Money) *string {
		if m.IsZero() {
			return nil
		}
		text := m.Decimal()
		return &text
	}
	j := linkJSON{
		ID: strconv.FormatInt(l.ID, 10), URL: h.o.Shop.LinkURL(l), Title: l.Title, Status: l.State(h.o.Now()), Currency: h.o.Currency, Amount: sum(l.Amount),
		Paid: l.Paid, Waiting: l.Waiting, CreatedAt: l.CreatedAt, Items: []linkItemJSON{},
	}
	if len(l.Question) > 0 {
		j.Question = &l.Question
	}
	if l.Free {
		j.Free = &linkFreeJSON{sum(l.Least), sum(l.Most), sum(l.Suggested)}
	}
	for _, it := range l.Items {
		j.Items = append(j.Items, linkItemJSON{it.SKU, it.Quantity})
	}
	if l.Reference != "" {
		j.Reference = &l.Reference
	}
	if l.MaxPayments > 0 {
		j.MaxPayments = &l.MaxPayments
	}
	if !l.ExpiresAt.IsZero() {
		j.ExpiresAt = &l.ExpiresAt
	}
	return j
}

// POST /api/v1/links makes a payment link. With an Idempotency-Key the same request is carried out once and its answer repeated for 24 hours.
func (h *Handler) postLink(c *gin.Context) {
	var body linkBody
	canonical, err := readJSON(c, &body)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	link, faults := body.read(h.o.Currency)
	key, bad := idempotencyKey(c)
	if faults = append(faults, bad...); len(faults) > 0 {
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	h.once(c, key, "link "+string(canonical), func(ctx context.Context, _ string) (int, any, error) {
		made, err := h.o.Shop.MakeLink(ctx, link)
		if err != nil {
			return 0, nil, err
		}
		return http.StatusCreated, h.apiLink(made), nil
	})
}

// read checks what the body says by itself; what the shop doesn't take is the shop's to say.
func (b linkBody) read(currency string) (l models.Link, faults []fault) {
	wrong := func(pointer, detail string) { faults = append(faults, fault{Pointer: pointer, Detail: detail}) }
	sum := func(pointer string, text *string) models.Money {
		if text == nil {
			return models.Money{}
		}
		amount, err := models.ParseAmount(*text)
		if err != nil || !priceForm.MatchString(*text) {
			wrong(pointer, `must be a string with two decimals, like "100.00"`)
		}
		return models.Money{Amount: amount, Currency: currency}
	}
	l.Title, l.Question = apiText("/title", b.Title, wrong), apiText("/question", b.Question, wrong)
	l.Reference, l.Amount = b.Reference, sum("/amount", b.Amount)
	if b.Free != nil {
		l.Free = true
		l.Least, l.Most, l.Suggested = sum("/free/least", b.Free.Least), sum("/free/most", b.Free.Most), sum("/free/suggested", b.Free.Suggested)
	}
	for i, it := range b.Items[:min(len(b.Items), models.MaxLinkItems+1)] {
		at := fmt.Sprintf("/items/%d", i)
		if it.SKU == nil || it.Name != nil || it.Price != nil {
			wrong(at, "needs a sku of the shelf, without name and price: use amount for anything else")
			continue
		}
		item, bad := it.read(at, currency)
		l.Items, faults = append(l.Items, models.CartItem{SKU: item.SKU, Quantity: item.Quantity}), append(faults, bad...)
	}
	if b.MaxPayments != nil {
		if l.MaxPayments = *b.MaxPayments; l.MaxPayments < 1 || l.MaxPayments > models.MaxLinkPayments {
			wrong("/max_payments", fmt.Sprintf("must be 1 to %d; leave it out for any number", models.MaxLinkPayments))
		}
	}
	if b.ExpiresAt != nil {
		at, err := time.Parse(time.RFC3339, *b.ExpiresAt)
		if err != nil || at.Year() > 9000 || at.Year() < 1970 {
			wrong("/expires_at", "must be a time like 2026-12-31T16:00:00Z (RFC 3339)")
		}
		l.ExpiresAt = at.UTC()
	}
	return l, faults
}

// apiText reads a text that is one string, for every language, or an object by language.
func apiText(pointer string, v any, wrong func(pointer, detail string)) models.Text {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if text := tidy(v); text != "" {
			return models.Text{"en": text}
		}
		return nil
	case map[string]any:
		t := models.Text{}
		for lang, text := range v {
			s, ok := text.(string)
			if !ok {
				wrong(pointer+"/"+escapePointer(lang), "must be a string")
				continue
			}
			t[lang] = tidy(s)
		}
		return t
	}
	wrong(pointer, "must be a string, or an object with strings by language: en, zh-Hans, zh-Hant")
	return nil
}

// GET /api/v1/links/{id} is one link.
func (h *Handler) getLink(c *gin.Context) {
	link, err := h.apiLinkOf(c)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", h.apiLink(link))
}

// GET /api/v1/links?cursor=&limit= lists links, newest first.
func (h *Handler) getLinks(c *gin.Context) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	var faults []fault
	if err != nil || len(c.Request.URL.RawQuery) > longestQuery {
		faults = append(faults, fault{Detail: "The query can't be read, or is too long."})
	}
	for name, values := range query {
		switch {
		case name != "cursor" && name != "limit":
			faults = append(faults, fault{Parameter: escapePointer(name), Detail: "is not known here: use cursor and limit"})
		case len(values) > 1:
			faults = append(faults, fault{Parameter: name, Detail: "stands twice"})
		}
	}
	cursor, limit := query.Get("cursor"), ordersAPage
	if id, err := strconv.ParseInt(cursor, 10, 64); cursor != "" && (err != nil || id < 1) {
		faults = append(faults, fault{Parameter: "cursor", Detail: "must be the next_cursor of an answer"})
	}
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > mostOrders {
			faults = append(faults, fault{Parameter: "limit", Detail: fmt.Sprintf("must be 1 to %d", mostOrders)})
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.Parameter, b.Parameter) })
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	list, err := h.o.Shop.Links(c.Request.Context(), cursor, limit)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	answer := struct {
		Data       []linkJSON `json:"data"`
		NextCursor *string    `json:"next_cursor"` // null at the end
	}{Data: make([]linkJSON, len(list.Links))}
	for i, l := range list.Links {
		answer.Data[i] = h.apiLink(l)
	}
	if list.Next != "" {
		answer.NextCursor = &list.Next
	}
	h.json(c, http.StatusOK, "application/json", answer)
}

// POST /api/v1/links/{id}/deactivate switches a link off; one that is off stays so. It has no body.
func (h *Handler) deactivateLink(c *gin.Context) {
	link, err := h.apiLinkOf(c)
	if err == nil {
		link.Inactive = true
		err = h.o.Shop.ChangeLink(c.Request.Context(), link.ID, link.LinkPart)
	}
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", h.apiLink(link))
}

func (h *Handler) apiLinkOf(c *gin.Context) (models.Link, error) {
	var link models.Link
	id, err := apiID(c)
	if err == nil {
		link, err = h.o.Shop.LinkByID(c.Request.Context(), id)
	}
	if err != nil && explain(err).status == http.StatusNotFound {
		return link, &apiProblem{status: http.StatusNotFound, kind: "not-found", detail: "No payment link has this id."}
	}
	return link, err
}
