package config

// Refunds is lianlian.refunds: off, or on with the version in the path of the gateway's refunds. The guide doesn't describe refunds; their
// shape is the one of a sibling API, whose version is v3.
type Refunds string

// The values of lianlian.refunds; on and true are v3, false is off.
const (
	RefundsByMode Refunds = ""
	RefundsOff    Refunds = "off"
	RefundsV3     Refunds = "v3"
	RefundsV4     Refunds = "v4"
)

func (r *Refunds) setText(text string) (problem, remedy string) {
	switch text {
	case "on", "true", "v3":
		*r = RefundsV3
	case "v4":
		*r = RefundsV4
	case "off", "false":
		*r = RefundsOff
	default:
		return shown(text) + " is not a value of it", "use on or off; v4 if LianLian's support says that its refunds are below /v4"
	}
	return "", ""
}

// On tells whether refunds are made here.
func (r Refunds) On() bool { return r == RefundsV3 || r == RefundsV4 }
