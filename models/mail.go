package models

import (
	"errors"
	"log/slog"
	"time"
)

// MailKind says what a letter to a buyer is about.
type MailKind string

// The kinds.
const (
	MailReceipt MailKind = "receipt" // one for each order.paid
	MailLink    MailKind = "link"    // the order's page, asked for on the look-up page
)

// Mail is a letter that is due: which order it is about, not yet what it says.
type Mail struct {
	ID        int64
	OrderID   int64
	Kind      MailKind
	CreatedAt time.Time
	Tries     int // this one included
}

// Letter is a letter ready to be sent to one address.
type Letter struct {
	ID      string // the same for every try, of letters, digits and hyphens: mailboxes may drop the second of two
	To      string // one address, without a name
	Subject string
	Text    string
	HTML    string
}

// LogValue keeps personal data out of logs.
func (Letter) LogValue() slog.Value { return slog.StringValue("[letter]") }

// ErrRefused says that a letter was refused for good: trying again is no use.
var ErrRefused = errors.New("the letter was refused for good")
