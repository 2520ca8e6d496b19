package models

// CodeKind says where a code of the gateway stands.
type CodeKind string

// The kinds.
const (
	CodeStatus  CodeKind = "status"  // a payment's state (guide 5.1)
	CodeReturn  CodeKind = "return"  // the result of a call (guide 5.3.4)
	CodeDecline CodeKind = "decline" // a wallet's or bank's reason (guide 5.3.5)
)

// CodeKinds lists every kind.
var CodeKinds = []CodeKind{CodeStatus, CodeReturn, CodeDecline}

// GatewayCode is a code that the gateway uses.
type GatewayCode struct {
	Kind       CodeKind
	Code       string
	HTTPStatus int    // of a return code
	Message    string // the gateway's own text, in English
}
