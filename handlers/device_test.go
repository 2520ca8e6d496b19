package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	const (
		android = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
		ios     = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	)
	phone := func(appType, app string) models.Terminal {
		return models.Terminal{Mode: "16", AppType: appType, App: app}
	}
	computer := models.Terminal{Mode: "13"}
	cases := []struct {
		name, agent string
		want        models.Terminal
		kind        string
		bot         bool
	}{
		{"no name at all", "", computer, "unknown", false},
		{"Chrome on Windows", agentDesktop, computer, "desktop", false},
		{"Edge on Windows", agentDesktop + " Edg/131.0.0.0", computer, "desktop", false},
		{"Firefox on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", computer, "desktop", false},
		{"Firefox on Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", computer, "desktop", false},
		{"Safari on a Mac, and on an iPad that says so", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", computer, "desktop", false},
		{"Chrome on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", computer, "desktop", false},
		{"Chromebook", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", computer, "desktop", false},
		{"Internet Explorer on a Tablet PC", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; SLCC2; Tablet PC 2.0; rv:11.0) like Gecko", computer, "desktop", false},
		{"Safari on an iPhone", agentIPhone, phone("0", ""), "ios", false},
		{"Chrome on an iPhone", ios + "CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", phone("0", ""), "ios", false},
		{"Firefox on an iPhone", ios + "FxiOS/133.0 Mobile/15E148 Safari/605.1.15", phone("0", ""), "ios", false},
		{"iPod", "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1", phone("0", ""), "ios", false},
		{"Chrome on Android", android + "Chrome/131.0.0.0 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"Chrome on Android, reduced", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"Samsung Internet", android + "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"Firefox on Android", "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", phone("1", ""), "android", false},
		{"Huawei Browser", "Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.13.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"HarmonyOS NEXT", "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile", phone("", ""), "android", false},
		{"HarmonyOS NEXT on a tablet", "Mozilla/5.0 (Tablet; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1", computer, "desktop", false},
		{"MIUI Browser", "Mozilla/5.0 (Linux; U; Android 13; zh-cn; 2211133C Build/TKQ1.220905.001) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/109.0.5414.118 Mobile Safari/537.36 XiaoMi/MiuiBrowser/17.8.220115", phone("1", ""), "android", false},
		{"UC Browser", "Mozilla/5.0 (Linux; U; Android 13; zh-CN; V2203A Build/TP1A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/15.6.0.1250 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"Opera Mini", "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16", phone("1", ""), "android", false},
		{"Windows Phone", "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063", phone("2", ""), "android", false},
		{"iPad, mobile page", "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1", computer, "desktop", false},
		{"Android tablet", "Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", computer, "desktop", false},
		{"WeChat on an iPhone", agentWeChat, phone("0", "WeChat"), "wechat", false},
		{"WeChat on Android", "Mozilla/5.0 (Linux; Android 13; M2012K11AC Build/TKQ1.220829.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20240501 MMWEBID/2247 MicroMessenger/8.0.50.2701(0x28003255) WeChat/arm64 Weixin NetType/5G Language/zh_CN ABI/arm64", phone("1", "WeChat"), "wechat", false},
		{"WeChat on an iPad", "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003130) NetType/WIFI Language/zh_HK", phone("0", "WeChat"), "wechat", false},
		{"WeChat on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) XWEB/9129 Flue", computer, "desktop_wechat", false},
		{"WeChat 4 on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) UnifiedPCWindowsWechat(0xf2541022) XWEB/16203 Flue", computer, "desktop_wechat", false},
		{"WeChat on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) NetType/WIFI MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712) XWEB/1191 Flue", computer, "desktop_wechat", false},
		{"Alipay on Android", agentAlipay, phone("1", "Alipay"), "alipaycn", false},
		{"Alipay on an iPhone", ios + "Mobile/15E148 Ariver/1.1.0 AliApp(AP/10.5.88.6000) Nebula WK RVKType(0) AlipayDefined(nt:WIFI,ws:390|780|3.0) AlipayClient/10.5.88.6000 Language/zh-Hans Region/CN NebulaX/1.0.0", phone("0", "Alipay"), "alipaycn", false},
		{"AlipayHK on Android", "Mozilla/5.0 (Linux; Android 9; LYA-AL00 Build/HUAWEILYA-AL00L; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/70.0.3538.110 Mobile Safari/537.36 NebulaSDK/1.8.100112 Nebula AlipayDefined(nt:WIFI,ws:360|0|3.0) AliApp(APHK/2.6.0.160) AlipayClientHK/2.6.0.160 Language/zh-HK useStatusBar/true", phone("1", "AlipayHK"), "alipayhk", false},
		{"AlipayHK on an iPhone", ios + "Mobile/15E148 AliApp(APHK/6.2.5) AlipayClientHK/6.2.5 Language/zh-Hant", phone("0", "AlipayHK"), "alipayhk", false},
		{"Facebook's browser", ios + "Mobile/15E148 [FBAN/FBIOS;FBAV/489.0.0.31.104;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS]", phone("0", ""), "other_app", false},
		{"Instagram on Android", "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 Instagram 359.0.0.59.89 Android", phone("1", ""), "other_app", false},
		{"Line on an iPhone", ios + "Mobile/15E148 Safari Line/14.19.0", phone("0", ""), "other_app", false},
		{"WhatsApp's own view on Android", "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36 WhatsApp/2.24.25", phone("1", ""), "other_app", false},
		{"Google app on an iPhone", ios + "GSA/343.0.695551749 Mobile/15E148 Safari/604.1", phone("0", ""), "other_app", false},
		{"Weibo on an iPhone", ios + "Mobile/15E148 Weibo (iPhone14,5__weibo__14.11.2__iphone__os17.5)", phone("0", ""), "other_app", false},
		{"QQ on Android", "Mozilla/5.0 (Linux; Android 13; V2203A Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 MQQBrowser/6.2 TBS/047801 Mobile Safari/537.36 V1_AND_SQ_9.1.15_7968_YYB_D QQ/9.1.15.20435 NetType/WIFI WebP/0.4.1", phone("1", ""), "other_app", false},
		{"QQ's browser on an iPhone", ios + "Version/17.0 MQQBrowser/15.4.1 Mobile/15E148 Safari/604.1 QBWebViewUA/2", phone("0", ""), "ios", false},
		{"DingTalk on Android", "Mozilla/5.0 (Linux; U; Android 13; zh-CN; M2102J2SC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UWS/5.12 Mobile Safari/537.36 AliApp(DingTalk/7.6.30) com.alibaba.android.rimet/40650137", phone("1", ""), "other_app", false},
		{"Taobao on an iPhone", ios + "Mobile/15E148 AliApp(TB/10.40.10) WindVane/8.7.2", phone("0", ""), "other_app", false},
		{"Xiaohongshu on an iPhone", ios + "Mobile/15E148 discover/8.62 xhsminiweb xhsdiscover", phone("0", ""), "other_app", false},
		{"an app nobody has heard of, on an iPhone", ios + "Mobile/15E148", phone("0", ""), "other_app", false},
		{"an app nobody has heard of, on Android", "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36", phone("1", ""), "other_app", false},
		{"WeCom, which isn't WeChat", ios + "wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh", phone("0", ""), "other_app", false},
		{"a phone that is called bot", "Mozilla/5.0 (Linux; Android 10; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", phone("1", ""), "android", false},
		{"a program", "curl/8.5.0", computer, "unknown", false},
		{"a television", "Mozilla/5.0 (PlayStation 5/SmartTV) AppleWebKit/605.1.15 (KHTML, like Gecko)", computer, "unknown", false},
		{"Google's crawler as a phone", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", computer, "unknown", true},
		{"Baidu's crawler", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", computer, "unknown", true},
		{"Facebook's link preview", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", computer, "unknown", true},
		{"WhatsApp's link preview", "WhatsApp/2.24.20.89 A", computer, "unknown", true},
		{"Slack's link preview", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", computer, "unknown", true},
		{"Telegram's link preview", "TelegramBot (like TwitterBot)", computer, "unknown", true},
		{"garbage", "\x00\xff" + strings.Repeat("A", 5000), computer, "unknown", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, kind, bot := handlers.Detect(c.agent)
			if got != c.want || kind != c.kind || bot != c.bot {
				t.Errorf("Detect = %+v, %s, bot %t; want %+v, %s, bot %t", got, kind, bot, c.want, c.kind, c.bot)
			}
		})
	}
}

func TestDeviceOverride(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	page := "/orders/" + token
	shows := func(target string, header ...string) string {
		w := get(h, target, header...)
		doc := document(t, w)
		kind := "phone"
		if doc.Find("[data-testid=qr]").Length() > 0 {
			kind = "desktop"
		}
		if k, ok := cookie(w, "device"); ok {
			return kind + ", kept " + k.Value
		}
		return kind
	}
	for _, c := range []struct {
		name, target string
		header       []string
		want         string
	}{
		{"phone", page, []string{"User-Agent", agentIPhone}, "phone"},
		{"phone as desktop", page + "?device=desktop", []string{"User-Agent", agentIPhone}, "desktop, kept desktop"},
		{"phone as desktop, later", page, []string{"User-Agent", agentIPhone, "Cookie", "device=desktop"}, "desktop"},
		{"desktop as phone", page + "?device=phone", []string{"User-Agent", agentDesktop}, "phone, kept phone"},
		{"back again", page + "?device=desktop", []string{"User-Agent", agentDesktop, "Cookie", "device=phone"}, "desktop, kept desktop"},
		{"taken back", page + "?device=auto", []string{"User-Agent", agentIPhone, "Cookie", "device=desktop"}, "phone, kept "},
		{"nothing to take back", page + "?device=auto", []string{"User-Agent", agentIPhone}, "phone"},
		{"nonsense", page + "?device=toaster", []string{"User-Agent", agentDesktop, "Cookie", "device=fridge"}, "desktop"},
	} {
		if got := shows(c.target, c.header...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", agentIPhone, agentWeChat, agentAlipay, agentDesktop, "(;;)", "Android ", "Mozilla/5.0 (("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		got, kind, _ := handlers.Detect(agent)
		if got.Mode != "13" && got.Mode != "16" {
			t.Fatalf("%q: %+v", agent, got)
		}
		if !slices.Contains(handlers.Browsers(), kind) {
			t.Fatalf("%q: the table has no row %q", agent, kind)
		}
	})
}
