package handlers_test

import (
	"context"

	"lianlian-checkout/models"
)

// fakeDesk is what the desk's pages of an order and of attention talk to. Its fields are what it answers and what it was asked.
type fakeDesk struct {
	wire              []models.Exchange
	events            []models.Event // the history; nil for one entry
	whole             []bool
	did               []string // what was done, with who and what
	deskErr, countErr error
	confirmed         models.Order
	list              models.AttentionList
	count             int
}

func (f *fakeDesk) do(ctx context.Context, what string) error {
	f.did = append(f.did, what+" by "+models.Operator(ctx))
	return f.deskErr
}

func (f *fakeDesk) Exchanges(_ context.Context, _ int64, whole bool) ([]models.Exchange, error) {
	f.whole = append(f.whole, whole)
	return f.wire, nil
}

func (f *fakeDesk) ConfirmByHand(ctx context.Context, _ int64, reason string) (models.Order, error) {
	return f.confirmed, f.do(ctx, "confirm "+reason)
}

func (f *fakeDesk) AddNote(ctx context.Context, _ int64, text string) error {
	return f.do(ctx, "note "+text)
}
func (f *fakeDesk) ResendReceipt(ctx context.Context, _ int64) error { return f.do(ctx, "receipt") }

func (f *fakeDesk) AttentionCount(context.Context) (int, error) { return f.count, f.countErr }
func (f *fakeDesk) Attention(context.Context) (models.AttentionList, error) {
	return f.list, f.deskErr
}

func (f *fakeDesk) SettleAttention(ctx context.Context, _ int64, seen, note string) error {
	return f.do(ctx, "settle "+seen+" "+note)
}

func (f *fakeDesk) DeliveriesSeen(ctx context.Context, _ int64) error {
	return f.do(ctx, "deliveries seen")
}
func (f *fakeDesk) MailSeen(ctx context.Context, _ int64) error  { return f.do(ctx, "mail seen") }
func (f *fakeDesk) MailAgain(ctx context.Context, _ int64) error { return f.do(ctx, "mail again") }

func (f *fakeDesk) GatewayCodes() []models.GatewayCode {
	return []models.GatewayCode{
		{Kind: models.CodeStatus, Code: "WP"}, {Kind: models.CodeReturn, Code: "IP_NOT_AUTHORIZED", HTTPStatus: 401, Message: "Merchant IP is not authorized"},
		{Kind: models.CodeDecline, Code: "do_not_honor"},
	}
}
