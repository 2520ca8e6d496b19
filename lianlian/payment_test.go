package lianlian_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

// request gives a request that uses every field.
func request() lianlian.PaymentRequest {
	return lianlian.PaymentRequest{
		PaymentProcessor: lianlian.AlipayHK, PaymentMethod: lianlian.WebPay, MerchantTransactionID: "T1", MerchantID: "M1",
		Customer: &lianlian.Customer{
			OpenID: "o1", FirstName: "Ana", LastName: "Núñez", FullName: "Ana Núñez", Gender: "female", IDType: "CPF", IDNo: "123",
			Email: "ana@example.com", Phone: "+86-13812345678", Company: "ACME & Sons", Line1: "1 Main St.", Line2: "Apt #5", City: "Austin",
			State: "TX", Country: "US", PostalCode: "73301",
		},
		Products: []lianlian.Product{{
			ProductID: "P1", WxpayProductID: "W1", Name: "T-Shirt", Description: "Blue, men's", CostPrice: 12000, Price: 10000, Quantity: 2,
			Category: "shirts", SKU: "S1", URL: "https://shop.example/p1#size", ReceiptID: "R1", ShippingProvider: "SF",
		}},
		OrderDescription: "两件T恤", TransactionAmount: 20000, TransactionCurrency: "HKD", TransactionTime: time.UnixMilli(1725607835123),
		UserTerminalData: &lianlian.UserTerminalData{
			OrderIP: "192.0.2.1", ClientMode: "0", ClientAppType: "0", ClientAppName: "shop", AppPackageName: "com.example", AppBundleID: "b",
			ClientAndroidIMEI: "i", ClientAndroidSIMID: "s", ClientIOSMachineID: "m",
		},
		MerchantTerminalData: &lianlian.MerchantTerminalData{TerminalID: "t1", OrderIP: "192.0.2.2"},
		AdditionalInfo: &lianlian.AdditionalInfo{
			MerchantUserID: "u1", MerchantUserEmail: "ana@example.com", MerchantUserLoginName: "ana", UserRegisterIP: "192.0.2.3",
			UserRegisterPhone: "+86-13812345678", UserRegisterTerminal: "android", UserRegisterTime: time.UnixMilli(1594716930000), NeedReceipt: "Y",
			GoodsTag: "www", OfficialAccounts: true,
		},
		NotificationURL: "https://shop.example/notify", RedirectURL: "https://shop.example/return?order=1", Country: "HK",
	}
}

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	if err := request().Validate(); err != nil {
		t.Errorf("whole: %v", err)
	}
	small := lianlian.PaymentRequest{
		PaymentProcessor: lianlian.WeChatCN, PaymentMethod: lianlian.WapPay, MerchantTransactionID: strings.Repeat("T", 64), MerchantID: "M",
		TransactionAmount: lianlian.MaxAmount, TransactionCurrency: "USD", TransactionTime: time.Unix(1725607835, 0), RedirectURL: "http://127.0.0.1/", Country: "HK",
	}
	if err := small.Validate(); err != nil {
		t.Errorf("smallest: %v", err)
	}
	yen := request()
	yen.TransactionCurrency = "JPY"
	if err := yen.Validate(); err != nil {
		t.Errorf("whole yen: %v", err)
	}
	abroad := request()
	abroad.Customer.Country, abroad.Customer.State = "FR", "Île-de-France"
	if err := abroad.Validate(); err != nil {
		t.Errorf("a state without a list: %v", err)
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	type r = *lianlian.PaymentRequest
	long := func(n int) string { return strings.Repeat("字", n+1) }
	tests := []struct {
		field, rule string
		change      func(r)
	}{
		{"payment_processor", "is missing", func(p r) { p.PaymentProcessor = "" }},
		{"payment_processor", "must be one of", func(p r) { p.PaymentProcessor = "paypal" }},
		{"payment_method", "is missing", func(p r) { p.PaymentMethod = "" }},
		{"payment_method", "must be one of", func(p r) { p.PaymentMethod = "app_pay" }},
		{"merchant_transaction_id", "is missing", func(p r) { p.MerchantTransactionID = "" }},
		{"merchant_transaction_id", "at most 64", func(p r) { p.MerchantTransactionID = strings.Repeat("T", 65) }},
		{"merchant_transaction_id", "must consist of", func(p r) { p.MerchantTransactionID = "a&b=c" }},
		{"merchant_id", "is missing", func(p r) { p.MerchantID = "" }},
		{"merchant_id", "at most 32", func(p r) { p.MerchantID = strings.Repeat("1", 33) }},
		{"merchant_id", "must consist of", func(p r) { p.MerchantID = "../x" }},
		{"transaction_amount", "above 0.00", func(p r) { p.TransactionAmount = 0 }},
		{"transaction_amount", "above 0.00", func(p r) { p.TransactionAmount = -1 }},
		{"transaction_amount", "at most", func(p r) { p.TransactionAmount = lianlian.MaxAmount + 1 }},
		{"transaction_amount", "end in .00", func(p r) { p.TransactionCurrency, p.TransactionAmount = "JPY", 10050 }},
		{"products[0].price", "end in .00", func(p r) { p.TransactionCurrency, p.Products[0].Price = "KRW", 10050 }},
		{"transaction_currency", "is missing", func(p r) { p.TransactionCurrency = "" }},
		{"transaction_currency", "guide 5.3.2", func(p r) { p.TransactionCurrency = "hkd" }},
		{"transaction_currency", "guide 5.3.2", func(p r) { p.TransactionCurrency = "RUB" }},
		{"transaction_time", "is missing", func(p r) { p.TransactionTime = time.Time{} }},
		{"transaction_time", "years", func(p r) { p.TransactionTime = time.Unix(0, 0) }},
		{"order_description", "at most 256", func(p r) { p.OrderDescription = long(256) }},
		{"order_description", "UTF-8", func(p r) { p.OrderDescription = "a\xff" }},
		{"order_description", "control", func(p r) { p.OrderDescription = "a\nb" }},
		{"order_description", "control", func(p r) { p.OrderDescription = "a\u0085b" }},
		{"notification_url", "absolute", func(p r) { p.NotificationURL = "/notify" }},
		{"notification_url", "absolute", func(p r) { p.NotificationURL = "ftp://shop.example/" }},
		{"notification_url", "absolute", func(p r) { p.NotificationURL = "https:///notify" }},
		{"notification_url", "absolute", func(p r) { p.NotificationURL = "https://shop.example/a b" }},
		{"notification_url", "at most 1024", func(p r) { p.NotificationURL = "https://shop.example/" + long(1010) }},
		{"redirect_url", "is missing", func(p r) { p.RedirectURL = "" }},
		{"redirect_url", "#", func(p r) { p.RedirectURL = "https://shop.example/#/done" }},
		{"redirect_url", "absolute", func(p r) { p.RedirectURL = "javascript:alert(1)" }},
		{"country", "is missing", func(p r) { p.Country = "" }},
		{"country", "guide 5.3.1", func(p r) { p.Country = "XX" }},
		{"customer.openid", "at most 128", func(p r) { p.Customer.OpenID = long(128) }},
		{"customer.first_name", "at most 64", func(p r) { p.Customer.FirstName = long(64) }},
		{"customer.last_name", "at most 64", func(p r) { p.Customer.LastName = long(64) }},
		{"customer.full_name", "at most 128", func(p r) { p.Customer.FullName = long(128) }},
		{"customer.gender", "one of", func(p r) { p.Customer.Gender = "Female" }},
		{"customer.id_type", "one of", func(p r) { p.Customer.IDType = "cpf" }},
		{"customer.id_no", "at most 32", func(p r) { p.Customer.IDNo = long(32) }},
		{"customer.email", "at most 64", func(p r) { p.Customer.Email = "a@" + long(62) }},
		{"customer.email", "e-mail", func(p r) { p.Customer.Email = "ana" }},
		{"customer.email", "e-mail", func(p r) { p.Customer.Email = "a@b@c" }},
		{"customer.phone", "+<area code>", func(p r) { p.Customer.Phone = "13812345678" }},
		{"customer.phone", "+<area code>", func(p r) { p.Customer.Phone = "+8613812345678" }},
		{"customer.phone", "+<area code>", func(p r) { p.Customer.Phone = "+86-138 1234" }},
		{"customer.phone", "+<area code>", func(p r) { p.Customer.Phone = "+86-" + strings.Repeat("1", 29) }},
		{"customer.company", "at most 128", func(p r) { p.Customer.Company = long(128) }},
		{"customer.line1", "at most 256", func(p r) { p.Customer.Line1 = long(256) }},
		{"customer.line2", "at most 256", func(p r) { p.Customer.Line2 = long(256) }},
		{"customer.city", "at most 64", func(p r) { p.Customer.City = long(64) }},
		{"customer.state", "guide 5.3.3", func(p r) { p.Customer.State = "Texas" }},
		{"customer.state", "guide 5.3.3", func(p r) { p.Customer.Country, p.Customer.State = "BR", "TX" }},
		{"customer.state", "guide 5.3.3", func(p r) { p.Customer.Country, p.Customer.State = "CA", "TX" }},
		{"customer.state", "at most 64", func(p r) { p.Customer.Country, p.Customer.State = "FR", long(64) }},
		{"customer.country", "guide 5.3.1", func(p r) { p.Customer.Country = "us" }},
		{"customer.postal_code", "at most 32", func(p r) { p.Customer.PostalCode = long(32) }},
		{"products[0].product_id", "is missing", func(p r) { p.Products[0].ProductID = "" }},
		{"products[0].product_id", "at most 64", func(p r) { p.Products[0].ProductID = long(64) }},
		{"products[0].wxpay_product_id", "at most 64", func(p r) { p.Products[0].WxpayProductID = long(64) }},
		{"products[0].name", "is missing", func(p r) { p.Products[0].Name = "" }},
		{"products[0].name", "at most 128", func(p r) { p.Products[0].Name = long(128) }},
		{"products[0].description", "at most 128", func(p r) { p.Products[0].Description = long(128) }},
		{"products[0].description", `must not contain "`, func(p r) { p.Products[0].Description = `7" screen` }},
		{"products[0].cost_price", "above 0.00", func(p r) { p.Products[0].CostPrice = 0 }},
		{"products[0].price", "above 0.00", func(p r) { p.Products[0].Price = 0 }},
		{"products[0].price", "at most", func(p r) { p.Products[0].Price = lianlian.MaxAmount + 1 }},
		{"products[0].quantity", "1 to", func(p r) { p.Products[0].Quantity = 0 }},
		{"products[0].quantity", "1 to", func(p r) { p.Products[0].Quantity = 10_000_000_000 }},
		{"products[0].category", "at most 64", func(p r) { p.Products[0].Category = long(64) }},
		{"products[0].sku", "at most 128", func(p r) { p.Products[0].SKU = long(128) }},
		{"products[0].url", "absolute", func(p r) { p.Products[0].URL = "p1" }},
		{"products[0].receipt_id", "at most 64", func(p r) { p.Products[0].ReceiptID = long(64) }},
		{"products[0].shipping_provider", "at most 64", func(p r) { p.Products[0].ShippingProvider = long(64) }},
		{"products", "at most 2048", func(p r) { p.Products = slices.Repeat(p.Products, 20) }},
		{"user_terminal_data.order_ip", "at most 64", func(p r) { p.UserTerminalData.OrderIP = long(64) }},
		{"user_terminal_data.client_mode", "one of", func(p r) { p.UserTerminalData.ClientMode = "1" }},
		{"user_terminal_data.client_app_type", "one of", func(p r) { p.UserTerminalData.ClientAppType = "3" }},
		{"user_terminal_data.client_app_name", "at most 64", func(p r) { p.UserTerminalData.ClientAppName = long(64) }},
		{"user_terminal_data.app_package_name", "at most 128", func(p r) { p.UserTerminalData.AppPackageName = long(128) }},
		{"user_terminal_data.app_bundle_id", "at most 128", func(p r) { p.UserTerminalData.AppBundleID = long(128) }},
		{"user_terminal_data.client_android_imei", "at most 64", func(p r) { p.UserTerminalData.ClientAndroidIMEI = long(64) }},
		{"user_terminal_data.client_android_sim_id", "at most 64", func(p r) { p.UserTerminalData.ClientAndroidSIMID = long(64) }},
		{"user_terminal_data.client_ios_machine_id", "at most 128", func(p r) { p.UserTerminalData.ClientIOSMachineID = long(128) }},
		{"merchant_terminal_data.terminal_id", "at most 64", func(p r) { p.MerchantTerminalData.TerminalID = long(64) }},
		{"merchant_terminal_data.order_ip", "at most 64", func(p r) { p.MerchantTerminalData.OrderIP = long(64) }},
		{"additional_info.merchant_user_id", "at most 64", func(p r) { p.AdditionalInfo.MerchantUserID = long(64) }},
		{"additional_info.merchant_user_email", "e-mail", func(p r) { p.AdditionalInfo.MerchantUserEmail = "ana" }},
		{"additional_info.merchant_user_login_name", "at most 64", func(p r) { p.AdditionalInfo.MerchantUserLoginName = long(64) }},
		{"additional_info.user_register_ip", "at most 64", func(p r) { p.AdditionalInfo.UserRegisterIP = long(64) }},
		{"additional_info.user_register_phone", "+<area code>", func(p r) { p.AdditionalInfo.UserRegisterPhone = "138" }},
		{"additional_info.user_register_terminal", "at most 64", func(p r) { p.AdditionalInfo.UserRegisterTerminal = long(64) }},
		{"additional_info.user_register_time", "years", func(p r) { p.AdditionalInfo.UserRegisterTime = time.Unix(1e12, 0) }},
		{"additional_info.need_receipt", "one of", func(p r) { p.AdditionalInfo.NeedReceipt = "yes" }},
		{"additional_info.goods_tag", "at most 64", func(p r) { p.AdditionalInfo.GoodsTag = long(64) }},
		{"additional_info", "at most 1024", func(p r) {
			// Each field is within its limit; escaped, they are too long together.
			quotes := strings.Repeat(`"`, 64)
			p.AdditionalInfo = &lianlian.AdditionalInfo{MerchantUserID: quotes, MerchantUserLoginName: strings.Repeat("\u2028", 64),
				UserRegisterIP: strings.Repeat("\u2028", 64), UserRegisterTerminal: quotes, GoodsTag: quotes}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.rule, func(t *testing.T) {
			t.Parallel()
			p := request()
			tt.change(&p)
			faults := lianlian.FieldErrors(fmt.Errorf("checkout: %w", p.Validate()))
			found := slices.ContainsFunc(faults, func(f *lianlian.FieldError) bool {
				return f.Field == tt.field && strings.Contains(f.Error(), tt.rule)
			})
			if !found {
				t.Errorf("got %v, want a fault of %s with %q", faults, tt.field, tt.rule)
			}
			if len(faults) != 1 {
				t.Errorf("got %d faults, want 1: %v", len(faults), faults)
			}
		})
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	t.Parallel()
	faults := lianlian.FieldErrors(lianlian.PaymentRequest{}.Validate())
	var got []string
	for _, f := range faults {
		got = append(got, f.Field)
	}
	want := []string{"payment_processor", "payment_method", "merchant_transaction_id", "merchant_id", "transaction_amount",
		"transaction_currency", "transaction_time", "redirect_url", "country"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if lianlian.FieldErrors(nil) != nil || lianlian.FieldErrors(errors.New("other")) != nil {
		t.Error("faults were found where there are none")
	}
}

func TestLogsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))
	r := request()
	log.Info("x", "request", r, "customer", r.Customer, "info", r.AdditionalInfo, "terminal", r.UserTerminalData)
	for _, secret := range []string{"Ana", "ana@", "1381234", "Main St", "192.0.2"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("the log holds %q: %s", secret, b.String())
		}
	}
	if !strings.Contains(b.String(), "merchant_transaction_id=T1") {
		t.Errorf("the log lacks the id: %s", b.String())
	}
}
