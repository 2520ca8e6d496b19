package views

// Notice is a short message above a page's content, by its name; the empty notice shows nothing.
type Notice string

// The notices of the checkout form and of the order's page.
const (
	NoticePriceChanged   Notice = "price_changed"    // the cart's prices changed since the form was shown
	NoticeDeclined       Notice = "declined"         // the gateway refused; Declined says why
	NoticeUnavailable    Notice = "unavailable"      // no payment can be taken at the moment
	NoticeCartEmpty      Notice = "cart_empty"       // nothing is left to pay for
	NoticeSoldOut        Notice = "sold_out"         // stock ran out between the cart and the order
	NoticeDiscountUsedUp Notice = "discount_used_up" // the order's code was used up while the order had ended
	NoticeOrderSoldOut   Notice = "order_sold_out"   // an order that had ended can't go on: its pieces are gone
	NoticeOrderLink      Notice = "order_link"       // an order that had ended can't go on: its payment link can't be paid any more
	NoticeConfirming     Notice = "confirming"       // the gateway's answer isn't known yet
	NoticeExtended       Notice = "extended"         // the buyer has more time now
	NoticeSwitched       Notice = "switched"         // the order waits for another wallet now
	NoticeAlreadyPaid    Notice = "already_paid"     // nothing to pay any more
	NoticeTooMany        Notice = "too_many"         // asked too often; wait a little
	NoticeChecked        Notice = "checked"          // console: the gateway was asked
	NoticeCheckFailed    Notice = "check_failed"     // console: the gateway couldn't be asked
	NoticeLinkMade       Notice = "link_made"        // console: the payment link is there
	NoticeLinkChanged    Notice = "link_changed"     // console: what was changed of it is kept
	NoticeInvalidFields  Notice = "invalid_fields"   // the form's errors say what to put right
	NoticeWebhookAgain   Notice = "webhook_again"    // console: a webhook is sent once more
	NoticeWebhookOff     Notice = "webhook_off"      // console: it isn't, because its endpoint is off
	NoticeEndpointOn     Notice = "endpoint_on"      // console: an endpoint was turned on
	NoticeRefundDone     Notice = "refund_done"      // desk: the money went back
	NoticeRefundPending  Notice = "refund_pending"   // desk: the gateway has taken the refund
	NoticeRefundUnknown  Notice = "refund_unknown"   // desk: it isn't known yet whether it has
	NoticeRefundDeclined Notice = "refund_declined"  // desk: it refused
	NoticeNotRefundable  Notice = "not_refundable"   // desk: it holds no money that could go back
	NoticeRefundsOff     Notice = "refunds_off"      // desk: refunds are switched off
	NoticeRefundAlike    Notice = "refund_alike"     // desk: the same sum was refunded a moment ago
	NoticeRefundClosed   Notice = "refund_closed"    // desk: a refund was ended by hand
	NoticeRefundOpen     Notice = "refund_open"      // desk: it can't be, it is under way
)

// The notices of the desk's products and of its branding.
const (
	NoticeProductMade     Notice = "product_made"
	NoticeProductSaved    Notice = "product_saved"
	NoticeProductDeleted  Notice = "product_deleted"
	NoticeProductChanged  Notice = "product_changed"  // somebody else was quicker
	NoticeVariantsKept    Notice = "variants_kept"    // a variant that was sold is hidden instead of removed
	NoticeStockChanged    Notice = "stock_changed"    // as wished
	NoticeStockMoved      Notice = "stock_moved"      // it isn't what the page had shown
	NoticeStockBelow      Notice = "stock_below"      // there aren't so many
	NoticeStockNumber     Notice = "stock_number"     // no number was typed
	NoticeImported        Notice = "imported"         // all of the file is done
	NoticeImportChanged   Notice = "import_changed"   // the shelf has changed since the file was looked at
	NoticeBrandingSaved   Notice = "branding_saved"   // from now on the shop looks so
	NoticeBrandingReset   Notice = "branding_reset"   // as the configuration says
	NoticeBrandingChanged Notice = "branding_changed" // somebody else was quicker
)

// The notices of one order's page in the desk, and of what needs attention.
const (
	NoticeOrderEnded  Notice = "order_ended"   // the order was cancelled
	NoticeEndPaid     Notice = "end_paid"      // it wasn't: it is paid, or being paid
	NoticeEndUnknown  Notice = "end_unknown"   // it wasn't: the gateway couldn't be asked
	NoticeNoted       Notice = "noted"         // the note is in the history
	NoticeReceiptSent Notice = "receipt_sent"  // the receipt is sent again
	NoticeReceiptWait Notice = "receipt_wait"  // it isn't: asked for a moment ago, or there is nobody to send it to
	NoticeByHand      Notice = "by_hand"       // confirmed by hand
	NoticeGatewayPaid Notice = "gateway_paid"  // the gateway says that it is paid: no hand was needed
	NoticeNotByHand   Notice = "not_by_hand"   // the gateway says otherwise
	NoticeTextMissing Notice = "text_missing"  // a reason or a note is missing
	NoticeSettled     Notice = "settled"       // what needed attention is dealt with
	NoticeNotSettled  Notice = "not_settled"   // something has come since
	NoticeMailAgain   Notice = "mail_again"    // an e-mail is sent once more
	NoticeGivenUp     Notice = "given_up_seen" // a failure is off the list
)

// The notices of the settings' pages.
const (
	NoticePasswordSet     Notice = "password_set"      // by a link; sign in with it
	NoticePasswordChanged Notice = "password_changed"  // the own one
	NoticeSecondFactorOff Notice = "second_factor_off" // somebody has none any more
	NoticeSessionEnded    Notice = "session_ended"
	NoticeSessionsEnded   Notice = "sessions_ended"
	NoticePersonChanged   Notice = "person_changed"
	NoticeLastOwner       Notice = "last_owner" // nothing changed: nobody would be left to manage people
	NoticeKeyRevoked      Notice = "key_revoked"
)

// tones are how the notices look. What isn't here is no notice.
var tones = map[Notice]string{
	NoticePriceChanged: "warning", NoticeDeclined: "negative", NoticeUnavailable: "negative", NoticeCartEmpty: "negative", NoticeSoldOut: "negative",
	NoticeDiscountUsedUp: "negative", NoticeOrderSoldOut: "negative", NoticeOrderLink: "negative", NoticeConfirming: "warning", NoticeExtended: "positive",
	NoticeSwitched: "positive", NoticeAlreadyPaid: "positive", NoticeTooMany: "warning", NoticeInvalidFields: "negative",

	NoticeChecked: "positive", NoticeCheckFailed: "negative", NoticeLinkMade: "positive", NoticeLinkChanged: "positive", NoticeWebhookAgain: "positive",
	NoticeWebhookOff: "negative", NoticeEndpointOn: "positive",

	NoticeRefundDone: "positive", NoticeRefundPending: "positive", NoticeRefundUnknown: "warning", NoticeRefundDeclined: "negative", NoticeNotRefundable: "negative",
	NoticeRefundsOff: "negative", NoticeRefundAlike: "warning", NoticeRefundClosed: "positive", NoticeRefundOpen: "warning",

	NoticeOrderEnded: "positive", NoticeEndPaid: "warning", NoticeEndUnknown: "negative", NoticeNoted: "positive", NoticeReceiptSent: "positive",
	NoticeReceiptWait: "warning", NoticeByHand: "positive", NoticeGatewayPaid: "positive", NoticeNotByHand: "negative", NoticeTextMissing: "negative",
	NoticeSettled: "positive", NoticeNotSettled: "warning", NoticeMailAgain: "positive", NoticeGivenUp: "positive",

	NoticeProductMade: "positive", NoticeProductSaved: "positive", NoticeProductDeleted: "positive", NoticeProductChanged: "warning", NoticeVariantsKept: "warning",
	NoticeStockChanged: "positive", NoticeStockMoved: "warning", NoticeStockBelow: "negative", NoticeStockNumber: "negative", NoticeImported: "positive",
	NoticeImportChanged: "warning", NoticeBrandingSaved: "positive", NoticeBrandingReset: "positive", NoticeBrandingChanged: "warning",

	NoticePasswordSet: "positive", NoticePasswordChanged: "positive", NoticeSecondFactorOff: "positive", NoticeSessionEnded: "positive",
	NoticeSessionsEnded: "positive", NoticePersonChanged: "positive", NoticeLastOwner: "negative", NoticeKeyRevoked: "positive",
}

// known tells whether there is such a notice.
func (n Notice) known() bool { return tones[n] != "" }

// tone is how the notice looks: "positive", "warning" or "negative".
func (n Notice) tone() string { return tones[n] }
