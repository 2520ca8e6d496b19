package handlers

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/orders/{id}/evidence.zip is everything that is known of an order, for a dispute. Everything is read before the first byte is sent.
func (h *Handler) deskEvidence(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	o, err := h.o.Shop.OrderByID(ctx, id)
	if err != nil {
		h.fail(c, err)
		return
	}
	events, err := h.o.Shop.History(ctx, id)
	if err != nil {
		h.fail(c, err)
		return
	}
	wire, err := h.o.Shop.Exchanges(ctx, id, true)
	if err != nil {
		h.fail(c, err)
		return
	}
	var receipt string
	if !o.PaidAt.IsZero() {
		mail, err := h.Email(ctx, o, models.MailReceipt)
		if err != nil {
			h.fail(c, err)
			return
		}
		receipt = strings.ReplaceAll(mail.HTML, o.Token, "…") // the order's page is the buyer's
	}
	h.record(c, "order.exported", o.Number)
	c.Header("Content-Type", "application/zip")
	c.Header("Content-Disposition", `attachment; filename="order-`+o.Number+`.zip"`)
	c.Header("Cache-Control", "private, no-store")
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	b := bundle{zip: zip.NewWriter(c.Writer), at: h.o.Now()}
	b.json("order.json", evidenceOrder(o))
	b.add("timeline.txt", views.Timeline(h.page(c), o, events))
	for i, e := range events {
		b.message(i+1, e)
	}
	for i := range wire { // the oldest first
		b.add(fmt.Sprintf("wire/%03d-%s.txt", i+1, wire[len(wire)-1-i].Kind), wireFile(wire[len(wire)-1-i]))
	}
	if receipt != "" {
		b.add("receipt.html", receipt)
	}
	b.readme(o)
	if err := b.zip.Close(); err != nil && b.err == nil {
		b.err = err
	}
	if b.err != nil { // the operator has gone
		h.o.Log.InfoContext(ctx, "evidence not sent whole", "order", o.Number, "request_id", c.GetString(requestIDKey))
	}
}

// bundle writes files into a ZIP as they come, and remembers their digests.
type bundle struct {
	zip  *zip.Writer
	at   time.Time
	sums []string
	err  error
}

func (b *bundle) add(name, text string) {
	if b.err != nil {
		return
	}
	f, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at})
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	b.err = err
	sum := sha256.Sum256([]byte(text))
	b.sums = append(b.sums, hex.EncodeToString(sum[:])+"  "+name)
}

func (b *bundle) json(name string, v any) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil && b.err == nil {
		b.err = err
		return
	}
	b.add(name, text.String())
}

// message is one entry of the history: the message as it came in a file of its own, and beside it what is known of it.
func (b *bundle) message(n int, e models.Event) {
	if e.Raw == "" {
		return
	}
	name := fmt.Sprintf("messages/%03d-%s", n, e.Kind)
	if e.Source != "" {
		name = fmt.Sprintf("messages/%03d-%s", n, e.Source)
	}
	b.add(name+".txt", e.Raw)
	about := []string{
		"received: " + e.At.UTC().Format(time.RFC3339Nano), fmt.Sprintf("times: %d", e.Times), "source: " + string(e.Source), "verdict: " + string(e.Verdict),
		"from: " + e.From, "to: " + e.To, "detail: " + oneLine(e.Detail), "operator: " + oneLine(e.Actor), "signature: " + oneLine(e.Signature),
	}
	b.add(name+".about.txt", strings.Join(about, "\n")+"\n")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func wireFile(x models.Exchange) string {
	return strings.Join([]string{
		x.At.UTC().Format(time.RFC3339Nano) + fmt.Sprintf(", took %d ms", x.Took.Milliseconds()), "", x.Method + " " + x.URL, x.Sent, "", x.Body, "",
		fmt.Sprintf("HTTP status %d", x.Status), x.Received, "", x.Answer, "", "trace_id: " + x.TraceID, "error: " + x.Error, "",
	}, "\n")
}

// readme says what is in the bundle, with the SHA-256 of each file.
func (b *bundle) readme(o models.Order) {
	sums := strings.Join(b.sums, "\n")
	b.add("README.txt", `Evidence about order `+o.Number+`
Made at `+b.at.UTC().Format(time.RFC3339)+` by the shop's checkout.

order.json     the order: what was bought, by whom, for how much, and each payment with its ids at the gateway (LianLian Pay)
timeline.txt   what happened, in order: who said what, when, and what the shop's rules made of it
messages/      each message about the payment, as it was received. The ".about.txt" beside it has the time, the verdict, and the
               gateway's signature (SHA1withRSA, base64) where the message had one: with LianLian's public key anybody can
               verify that the message is LianLian's
wire/          each call of the shop to the gateway that is still kept: what was sent and what came back. Signatures are shortened,
               and the address of the buyer's own page is left out
receipt.html   the receipt that the buyer got (only if the order was paid)

All times are UTC unless they name a zone; timeline.txt is in the shop's zone, in the language of whoever made this file. An order that is "confirmed by hand" was marked as paid by a person
at the shop, because the gateway couldn't say: the timeline says who, when and why.

SHA-256 of each file (sha256sum -c reads these lines):

`+sums+"\n")
}

// orderFile is an order as the bundle holds it: no tokens, no addresses of pages.
type orderFile struct {
	models.OrderJSON
	Payments    []paymentFile `json:"payments"`
	Language    string        `json:"language"`
	Note        string        `json:"note,omitempty"`
	Discount    string        `json:"discount,omitempty"`
	OrderIP     string        `json:"order_ip,omitempty"`
	ConfirmedAt *time.Time    `json:"confirmed_by_hand_at"`
	CancelledAt *time.Time    `json:"cancelled_at"`
	ExpiredAt   *time.Time    `json:"expired_at"`
}

type paymentFile struct {
	Attempt               int        `json:"attempt"`
	MerchantTransactionID string     `json:"merchant_transaction_id"`
	LLTransactionID       string     `json:"ll_transaction_id"`
	Processor             string     `json:"payment_processor"`
	Method                string     `json:"payment_method"`
	Status                string     `json:"status"`
	Amount                string     `json:"amount"`
	Currency              string     `json:"currency"`
	ReturnCode            string     `json:"return_code,omitempty"`
	DeclineCode           string     `json:"decline_code,omitempty"`
	TraceID               string     `json:"trace_id,omitempty"`
	Settlement            string     `json:"settlement_amount,omitempty"`
	SettlementCurrency    string     `json:"settlement_currency,omitempty"`
	CreatedAt             *time.Time `json:"created_at"`
	PaidAt                *time.Time `json:"paid_at"`
}

func evidenceOrder(o models.Order) orderFile {
	f := orderFile{OrderJSON: models.NewOrderJSON(o), Language: o.Language, Note: o.Note, Discount: o.Discount, OrderIP: o.Terminal.IP,
		ConfirmedAt: orNever(o.ConfirmedAt), CancelledAt: orNever(o.CancelledAt), ExpiredAt: orNever(o.ExpiredAt)}
	customer := o.Customer
	customer.OpenID = ""
	f.Customer = &customer
	for _, p := range o.Payments {
		one := paymentFile{
			Attempt: p.Attempt, MerchantTransactionID: p.MerchantTransactionID, LLTransactionID: p.LLTransactionID, Processor: string(p.Processor), Method: string(p.Method),
			Status: string(p.Status), Amount: p.Money.Decimal(), Currency: p.Money.Currency, ReturnCode: p.ReturnCode, DeclineCode: p.DeclineCode, TraceID: p.TraceID,
			CreatedAt: orNever(p.CreatedAt), PaidAt: orNever(p.PaidAt),
		}
		if p.Settlement != nil {
			one.Settlement, one.SettlementCurrency = p.Settlement.Decimal(), p.Settlement.Currency
		}
		f.Payments = append(f.Payments, one)
	}
	return f
}

func orNever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
