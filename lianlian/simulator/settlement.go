package simulator

import "lianlian-checkout/lianlian"

// settlementCurrency is the one in which the merchant is paid out (guide 4.1.2: USD is the default).
const settlementCurrency = "USD"

// settlementRates is what one unit of a currency is worth, in millionths of a US dollar. Round figures of no particular
// day: a test needs rates that never move, and a demonstration plausible ones.
var settlementRates = map[string]int64{
	"AED": 272_300, "AUD": 655_000, "BRL": 184_000, "CAD": 732_000, "CHF": 1_240_000, "CNY": 139_000, "EUR": 1_150_000,
	"GBP": 1_330_000, "HKD": 128_400, "IDR": 61, "INR": 11_700, "JPY": 6_700, "KRW": 720, "MXN": 54_000,
	"MYR": 237_000, "NGN": 655, "NPR": 7_300, "NZD": 597_000, "SGD": 778_000, "THB": 30_700, "USD": 1_000_000,
}

// SettlementRates returns the fixed rates with which the simulator settles in US dollars: millionths of a dollar for one
// unit of each of the 21 currencies (guide 5.3.2). No fee is taken off.
func SettlementRates() map[string]int64 {
	rates := make(map[string]int64, len(settlementRates))
	for code, rate := range settlementRates {
		rates[code] = rate
	}
	return rates
}

// settle converts to US dollars, rounded half up to the cent, and no more than the 15 characters of guide 4.1.2 hold.
func settle(amount lianlian.Amount, currency string) lianlian.Amount {
	rate := settlementRates[currency]
	whole, rest := int64(amount)/1_000_000, int64(amount)%1_000_000 // apart, or 15 digits times a rate would overflow
	return min(lianlian.Amount(whole*rate+(rest*rate+500_000)/1_000_000), lianlian.MaxAmount)
}
