package simulator

import (
	"slices"
	"time"

	"lianlian-checkout/lianlian"
)

// Mischief is one way in which a gateway or the net between goes wrong, with a name and what a good shop makes of it. The
// pages have a button for each.
type Mischief struct {
	Name     string // such as "lost"; [ParseScenario] takes it
	Scenario Scenario
}

// Title names the mischief in en, zh-Hans or zh-Hant.
func (m Mischief) Title(locale string) string { return say(locale, "mischief."+m.Name) }

// Shop is one sentence in en, zh-Hans or zh-Hant on what a good shop must do.
func (m Mischief) Shop(locale string) string { return say(locale, "mischief."+m.Name+".shop") }

var mischiefs = []Mischief{
	{"lost", Scenario{LoseNotification: true}},
	{"fifteen-times", Scenario{DuplicateNotifications: 14}},
	{"late", Scenario{DelayNotification: 5 * time.Minute}},
	{"reordered", Scenario{NotifyProcessing: true, SwapNotifications: true}},
	{"refund-first", Scenario{SwapNotifications: true}},
	{"forged", Scenario{ForgeNotification: true}},
	{"other-amount", Scenario{WrongAmount: true}},
	{"other-currency", Scenario{WrongCurrency: true}},
	{"other-merchant", Scenario{WrongMerchant: true}},
	{"before-answer", Scenario{NotifyBeforeAnswer: true}},
	{"after-expiry", Scenario{LateSuccess: 30 * time.Second}},
	{"return-lost", Scenario{LoseReturn: true}},
	{"return-forged", Scenario{ForgeReturn: true}},

	{"slow", Scenario{CreateDelay: 5 * time.Second, QueryDelay: 5 * time.Second}},
	{"hanging", Scenario{CreateHang: true}},
	{"server-error", Scenario{CreateStatus: 503, QueryStatus: 503}},
	{"answer-lost", Scenario{DropCreateAnswer: true}},
	{"unsigned", Scenario{UnsignedAnswer: true}},
	{"forged-answer", Scenario{ForgeAnswer: true}},
	{"garbage", Scenario{GarbageAnswer: true}},
	{"huge", Scenario{HugeAnswer: true}},
	{"busy", Scenario{CreateReturnCode: lianlian.CodeSystemBusy, QueryReturnCode: lianlian.CodeSystemBusy}},

	{"refund-unanswered", Scenario{DropRefundAnswer: true}},
	{"refund-fails", Scenario{RefundFails: true}},
}

// Mischiefs lists what can go wrong: notifications and returns first, then answers, then refunds.
func Mischiefs() []Mischief { return slices.Clone(mischiefs) }

func mischiefByName(name string) (Mischief, bool) {
	i := slices.IndexFunc(mischiefs, func(m Mischief) bool { return m.Name == name })
	if i < 0 {
		return Mischief{}, false
	}
	return mischiefs[i], true
}
