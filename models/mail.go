package models

import (
	"errors"
	"log/slog"
	"time"
)

// MailKind says what an e-mail to a buyer is about.
type MailKind string

// The kinds.
const (
	MailReceipt MailKind = "receipt" // one for each order.paid
	MailLink    MailKind = "link"    // the order's page, asked for on the look-up page
)

// Mail is an e-mail that is due: which order it is about, not yet what it says.
type Mail struct {
	ID        int64
	OrderID   int64
	Kind      MailKind
	CreatedAt time.Time
	Tries     int // this one included
}

// Email is an e-mail ready to be sent to one address.
type Email struct {
	ID      string // the same for every try, of letters, digits and hyphens: mailboxes may drop the second of two
	To      string // one address, without a name
	Subject string
	Text    string
	HTML    string
}

// LogValue keeps personal data out of logs.
func (Email) LogValue() slog.Value { return slog.StringValue("[e-mail]") }

// ErrRefused says that an e-mail was refused for good: trying again is no use.
var ErrRefused = errors.New("the e-mail was refused for good")
