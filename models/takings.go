package models

// Taking is what was paid in one currency with one wallet on one day. What was confirmed by hand stands apart.
type Taking struct {
	Day       Day
	Currency  string
	Processor Processor
	ByHand    bool  // confirmed by an operator, when the gateway couldn't say; the rest is the gateway's word
	Paid      int64 // orders whose money came on the day
	Gross     int64 // their sum, in hundredths
	Refunded  int64 // what went back to buyers on the day, whenever they had paid, in hundredths
}

// Net is what is left of the day's takings.
func (t Taking) Net() int64 { return t.Gross - t.Refunded }

// Settling is how the payments of one day and currency stand with the gateway's settlement.
type Settling struct {
	Day        Day
	Currency   string // of the payments
	Settlement string // the currency of the settlement as the gateway told it (guide 4.1.2); empty where it hasn't said
	Payments   int64
	Paid       int64 // hundredths of Currency
	Settled    int64 // hundredths of Settlement
}

// SettledPayment is one payment in the settlement view.
type SettledPayment struct {
	Payment
	Number string // of its order
}

// Difference is what was paid less what is settled, where both are known and of one currency.
func (p SettledPayment) Difference() (Money, bool) {
	if p.Settlement == nil || p.Settlement.Currency != p.Money.Currency {
		return Money{}, false
	}
	return Money{p.Money.Amount - p.Settlement.Amount, p.Money.Currency}, true
}

// SettlementList is one page of payments, the newest first. Next is the cursor of the page after it, empty at the end.
type SettlementList struct {
	Payments []SettledPayment
	Next     string
}

// DeskNow is what the shop has to do with at this moment.
type DeskNow struct {
	Waiting int64 // orders that wait for their buyer or for the gateway
}
