package simulator

import (
	"strconv"
	"time"

	"lianlian-checkout/lianlian"
)

// knob is one control of the overview's form: exactly one of its pointers is set. Its texts are knob.<name> and
// knob.<name>.help.
type knob struct {
	name    string
	group   string
	flag    func(*Scenario) *bool
	count   func(*Scenario) *int
	seconds func(*Scenario) *time.Duration
	code    func(*Scenario) *lianlian.ReturnCode
	decline func(*Scenario) *lianlian.DeclineCode
	max     int // of count
}

// maxKnobDelay bounds a delay that is typed into the form.
const maxKnobDelay = time.Hour

// knobs has a row for each field of Scenario.
var knobs = []knob{
	{name: "create_return_code", group: "create", code: func(s *Scenario) *lianlian.ReturnCode { return &s.CreateReturnCode }},
	{name: "create_decline_code", group: "create", decline: func(s *Scenario) *lianlian.DeclineCode { return &s.CreateDeclineCode }},
	{name: "create_status", group: "create", max: 599, count: func(s *Scenario) *int { return &s.CreateStatus }},
	{name: "create_delay", group: "create", seconds: func(s *Scenario) *time.Duration { return &s.CreateDelay }},
	{name: "create_hang", group: "create", flag: func(s *Scenario) *bool { return &s.CreateHang }},
	{name: "drop_create_answer", group: "create", flag: func(s *Scenario) *bool { return &s.DropCreateAnswer }},
	{name: "notify_before_answer", group: "create", flag: func(s *Scenario) *bool { return &s.NotifyBeforeAnswer }},
	{name: "non_http_payment_url", group: "create", flag: func(s *Scenario) *bool { return &s.NonHTTPPaymentURL }},
	{name: "qr_code", group: "create", flag: func(s *Scenario) *bool { return &s.QRCode }},

	{name: "unsigned_answer", group: "answer", flag: func(s *Scenario) *bool { return &s.UnsignedAnswer }},
	{name: "forge_answer", group: "answer", flag: func(s *Scenario) *bool { return &s.ForgeAnswer }},
	{name: "sign_errors", group: "answer", flag: func(s *Scenario) *bool { return &s.SignErrors }},
	{name: "garbage_answer", group: "answer", flag: func(s *Scenario) *bool { return &s.GarbageAnswer }},
	{name: "huge_answer", group: "answer", flag: func(s *Scenario) *bool { return &s.HugeAnswer }},

	{name: "query_return_code", group: "query", code: func(s *Scenario) *lianlian.ReturnCode { return &s.QueryReturnCode }},
	{name: "query_status", group: "query", max: 599, count: func(s *Scenario) *int { return &s.QueryStatus }},
	{name: "query_delay", group: "query", seconds: func(s *Scenario) *time.Duration { return &s.QueryDelay }},
	{name: "query_top_level", group: "query", flag: func(s *Scenario) *bool { return &s.QueryTopLevel }},

	{name: "lose_notification", group: "notification", flag: func(s *Scenario) *bool { return &s.LoseNotification }},
	{name: "duplicate_notifications", group: "notification", max: maxDuplicates, count: func(s *Scenario) *int { return &s.DuplicateNotifications }},
	{name: "delay_notification", group: "notification", seconds: func(s *Scenario) *time.Duration { return &s.DelayNotification }},
	{name: "notify_processing", group: "notification", flag: func(s *Scenario) *bool { return &s.NotifyProcessing }},
	{name: "swap_notifications", group: "notification", flag: func(s *Scenario) *bool { return &s.SwapNotifications }},
	{name: "forge_notification", group: "notification", flag: func(s *Scenario) *bool { return &s.ForgeNotification }},
	{name: "wrong_amount", group: "notification", flag: func(s *Scenario) *bool { return &s.WrongAmount }},
	{name: "wrong_currency", group: "notification", flag: func(s *Scenario) *bool { return &s.WrongCurrency }},
	{name: "wrong_merchant", group: "notification", flag: func(s *Scenario) *bool { return &s.WrongMerchant }},

	{name: "refund_return_code", group: "refund", code: func(s *Scenario) *lianlian.ReturnCode { return &s.RefundReturnCode }},
	{name: "drop_refund_answer", group: "refund", flag: func(s *Scenario) *bool { return &s.DropRefundAnswer }},
	{name: "refund_delay", group: "refund", seconds: func(s *Scenario) *time.Duration { return &s.RefundDelay }},
	{name: "refund_stays", group: "refund", flag: func(s *Scenario) *bool { return &s.RefundStays }},
	{name: "refund_fails", group: "refund", flag: func(s *Scenario) *bool { return &s.RefundFails }},

	{name: "stay_processing", group: "buyer", flag: func(s *Scenario) *bool { return &s.StayProcessing }},
	{name: "late_success", group: "buyer", seconds: func(s *Scenario) *time.Duration { return &s.LateSuccess }},
	{name: "lose_return", group: "buyer", flag: func(s *Scenario) *bool { return &s.LoseReturn }},
	{name: "forge_return", group: "buyer", flag: func(s *Scenario) *bool { return &s.ForgeReturn }},
	{name: "return_by_post", group: "buyer", flag: func(s *Scenario) *bool { return &s.ReturnByPost }},
	{name: "return_signs_fields", group: "buyer", flag: func(s *Scenario) *bool { return &s.ReturnSignsFields }},
}

// control is a knob as the form shows it.
type control struct {
	Name, Kind string // Kind: flag, count, seconds, choice
	On         bool
	Value      string
	Max        int
	Choices    []string
}

// set says whether the control is away from its zero.
func (c control) Set() bool { return c.On || c.Value != "" }

func (k knob) control(sc Scenario) control {
	c := control{Name: k.name}
	switch {
	case k.flag != nil:
		c.Kind, c.On = "flag", *k.flag(&sc)
	case k.count != nil:
		c.Kind, c.Max = "count", k.max
		if n := *k.count(&sc); n != 0 {
			c.Value = strconv.Itoa(n)
		}
	case k.seconds != nil:
		c.Kind, c.Max = "seconds", int(maxKnobDelay.Seconds())
		if d := *k.seconds(&sc); d != 0 {
			c.Value = strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
		}
	case k.code != nil:
		c.Kind, c.Value = "choice", string(*k.code(&sc))
		for _, info := range lianlian.ReturnCodes() {
			if info.Code != lianlian.CodeSuccess {
				c.Choices = append(c.Choices, string(info.Code))
			}
		}
	case k.decline != nil:
		c.Kind, c.Value = "choice", string(*k.decline(&sc))
		for _, info := range lianlian.DeclineCodes() {
			c.Choices = append(c.Choices, string(info.Code))
		}
	}
	return c
}

// group is a part of the form.
type group struct {
	Name     string
	Controls []control
}

func controls(sc Scenario) []group {
	var list []group
	for _, k := range knobs {
		if len(list) == 0 || list[len(list)-1].Name != k.group {
			list = append(list, group{Name: k.group})
		}
		last := &list[len(list)-1]
		last.Controls = append(last.Controls, k.control(sc))
	}
	return list
}
