package models

import "time"

// Processor is a wallet at the gateway (guide 4.1.1, payment_processor).
type Processor string

// The four wallets.
const (
	AlipayHK Processor = "alipayhk"
	AlipayCN Processor = "alipaycn"
	WeChatHK Processor = "wechathk"
	WeChatCN Processor = "wechatcn"
)

// Processors lists the wallets in the guide's order.
var Processors = []Processor{AlipayHK, AlipayCN, WeChatHK, WeChatCN}

// Known tells whether the guide has the wallet.
func (p Processor) Known() bool {
	switch p {
	case AlipayHK, AlipayCN, WeChatHK, WeChatCN:
		return true
	}
	return false
}

// WeChat tells whether the wallet is one of WeChat's.
func (p Processor) WeChat() bool { return p == WeChatHK || p == WeChatCN }

// Method is the kind of page the buyer pays on (guide 4.1.1, payment_method).
type Method string

// The two methods.
const (
	WebPay Method = "web_pay" // a page for computers
	WapPay Method = "wap_pay" // a page for phones
)

// Payment is one attempt to pay an order, known to the gateway by its MerchantTransactionID.
// Its Status is only ever what the gateway said.
type Payment struct {
	ID                    int64
	OrderID               int64
	Attempt               int
	MerchantTransactionID string // ours, 128 bits of randomness and more, 41 to 64 characters of [0-9A-Za-z]
	LLTransactionID       string // the gateway's, empty until it answered
	Processor             Processor
	Method                Method // of the newest request
	Status                Status
	Money                 Money
	// WebURL and WapURL are where the gateway wants the buyer, by method; empty until asked for.
	WebURL string
	WapURL string
	// Page is where the gateway wants a buyer who pays inside WeChat. It may be bound to that person, so it comes with the
	// answer to their request alone and is stored nowhere.
	Page string
	// QRContent is what the gateway wants drawn as a QR code, or a wallet's own code that came instead of an http URL.
	QRContent   string
	ReturnCode  string // of the newest refusal
	DeclineCode string
	TraceID     string // of the newest answer; the gateway's support asks for it
	Settlement  *Money
	PaidAt      time.Time // zero until paid; set once
	ScannedAt   time.Time // when a phone first opened the short link
	CreatedAt   time.Time
	UpdatedAt   time.Time
	NextQueryAt time.Time // zero: nothing to ask any more
	Queries     int
}

// URL is where the gateway wants a buyer who pays by the method.
func (p Payment) URL(m Method) string {
	if m == WapPay {
		return p.WapURL
	}
	return p.WebURL
}

// URLFor is where the gateway wants the buyer on this device; empty until asked for.
func (p Payment) URLFor(t Terminal) string {
	switch {
	case t.Official(p.Processor):
		return p.Page
	case t.Phone():
		return p.WapURL
	}
	return p.WebURL
}
