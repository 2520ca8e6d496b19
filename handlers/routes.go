package handlers

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// mostBody is how many bytes of a request's body are read.
const mostBody = 64 << 10

var ginMode sync.Mutex

// quietGin keeps gin from printing the route table, until the function that it returns is called. Gin's mode belongs to the whole
// process, and the program around us may use gin itself.
func quietGin() (restore func()) {
	ginMode.Lock()
	mode := gin.Mode()
	gin.SetMode(gin.ReleaseMode)
	return func() {
		gin.SetMode(mode)
		ginMode.Unlock()
	}
}

// routes is the whole route table.
func (h *Handler) routes() error {
	defer quietGin()()
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false // gin's redirect believes X-Forwarded-Prefix; noRoute redirects instead
	if err := e.SetTrustedProxies(h.o.TrustedProxies); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	h.engine = e
	e.Use(h.requestID, h.accessLog, h.recovery, h.headers)
	e.NoRoute(h.noRoute)
	e.NoMethod(h.noMethod)
	read := []string{http.MethodGet, http.MethodHead}

	// From a browser: forms are answered only when they came from our own pages.
	own := e.Group(h.o.BasePath, h.sameOrigin, bodyLimit)
	own.Match(read, "/", h.home)
	own.Match(read, "/products/:slug", h.product)
	own.Match(read, "/cart", h.cart)
	own.POST("/cart/items", h.limit(h.apiLimit), h.changeCart)
	own.POST("/cart/discount", h.limit(h.apiLimit), h.changeDiscount)
	own.Match(read, "/checkout", h.checkout)
	own.POST("/checkout", h.limit(h.checkoutLimit), h.placeOrder)
	own.Match(read, "/orders/:token", h.order)
	own.Match(read, "/orders/:token/status", forProgram, h.limit(h.apiLimit), h.status)
	own.Match(read, "/orders/:token/events", forProgram, h.limit(h.apiLimit), h.events)
	own.Match(read, "/orders/:token/qr.svg", h.limit(h.apiLimit), h.qrSVG)
	own.Match(read, "/orders/:token/qr.png", h.limit(h.apiLimit), h.qrPNG)
	own.Match(read, "/orders/:token/retry", h.toOrder)
	own.Match(read, "/orders/:token/pay", h.toOrder)
	own.Match(read, "/orders/:token/start", h.toOrder)
	own.POST("/orders/:token/retry", h.limit(h.checkoutLimit), h.retry)
	own.POST("/orders/:token/start", h.limit(h.checkoutLimit), h.startOrder)
	own.POST("/orders/:token/pay", h.limit(h.checkoutLimit), h.pay)
	own.Match(read, "/p/:code", h.limit(h.checkoutLimit), h.shortLink)

	own.Match(read, "/pay/:link", h.limit(h.apiLimit), h.payLink)
	own.POST("/pay/:link", h.limit(h.checkoutLimit), h.payLinkOrder)

	own.Match(read, "/find", h.findForm)
	own.POST("/find", h.limit(h.lookUpLimit), h.find)
	own.Match(read, "/language", h.language)

	// From the merchant's server, with its key.
	api := e.Group(h.o.BasePath+"/api/v1", forProgram, bodyLimit, h.withKey)
	api.POST("/sessions", h.postSession)
	api.Match(read, "/sessions/:id", h.getSession)
	api.Match(read, "/orders", h.getOrders)
	api.Match(read, "/orders/:id", h.getOrder)
	api.POST("/orders/:id/cancel", h.cancelOrder)
	api.POST("/orders/:id/refunds", h.postRefund)
	api.Match(read, "/orders/:id/refunds", h.getRefunds)

	api.POST("/links", h.postLink)
	api.Match(read, "/links", h.getLinks)
	api.Match(read, "/links/:id", h.getLink)
	api.POST("/links/:id/deactivate", h.deactivateLink)

	// Inside other sites' pages: without cookies.
	framed := e.Group(h.o.BasePath+"/embed", h.cookieless, h.sameOrigin, bodyLimit)
	framed.Match(read, "/checkout", h.embedCheckout)
	framed.POST("/checkout", h.limit(h.checkoutLimit), h.placeOrder)
	framed.Match(read, "/orders/:token", h.order)
	framed.Match(read, "/orders/:token/retry", h.toOrder)
	framed.POST("/orders/:token/retry", h.limit(h.checkoutLimit), h.retry)
	framed.Match(read, "/orders/:token/start", h.toOrder)
	framed.POST("/orders/:token/start", h.limit(h.checkoutLimit), h.startOrder)

	// From the gateway, or from a browser that it sent: cross-site by nature, signed instead.
	gateway := e.Group(h.o.BasePath+"/lianlian", bodyLimit)
	gateway.POST("/notify", h.notify)
	for _, path := range []string{"/return", "/return/:token"} {
		gateway.Match(read, path, h.returned)
		gateway.POST(path, h.returned)
	}

	// The desk: every operator sees, staff works, the owner decides about people, keys and settings.
	admin := e.Group(h.o.BasePath+"/admin", h.sameOrigin, bodyLimit, h.session)
	admin.Match(read, "/login", h.adminLoginForm)
	admin.POST("/login", h.adminLogin)
	admin.Match(read, "/welcome/:token", h.limit(h.apiLimit), h.adminWelcome)
	admin.POST("/welcome/:token", h.limit(h.loginLimit), h.adminSetPassword)
	desk := admin.Group("", h.signedIn, h.needs(models.RoleReader))
	staff := desk.Group("", h.needs(models.RoleStaff))
	owner := desk.Group("", h.needs(models.RoleOwner))
	desk.POST("/logout", h.adminLogout)
	desk.Match(read, "", h.adminToday)

	desk.Match(read, "/orders", h.adminOrders)
	desk.Match(read, "/orders.csv", h.adminOrdersCSV)
	desk.Match(read, "/orders/:id", h.adminOrder)
	staff.POST("/orders/:id/check", h.adminCheck)
	staff.POST("/orders/:id/refunds/confirm", h.deskConfirmRefund)
	staff.POST("/orders/:id/refunds", h.deskRefund)
	staff.POST("/orders/:id/refunds/:refund/close", h.deskCloseRefund)
	staff.POST("/orders/:id/cancel", h.deskCancel)
	staff.POST("/orders/:id/confirm", h.deskConfirm)
	staff.POST("/orders/:id/note", h.deskNote)
	staff.POST("/orders/:id/receipt", h.deskReceipt)
	staff.POST("/orders/:id/settle", h.deskSettle)
	staff.Match(read, "/orders/:id/evidence.zip", h.deskEvidence)

	desk.Match(read, "/payments/attention", h.deskAttention)
	staff.POST("/payments/attention/mails/:id", h.deskMail)
	staff.POST("/payments/attention/endpoints/:id", h.deskGivenUp)
	desk.Match(read, "/codes", h.deskCodes)

	desk.Match(read, "/links", h.adminLinks)
	staff.POST("/links", h.adminMakeLink)
	staff.Match(read, "/links/new", h.adminNewLink)
	desk.Match(read, "/links/:id", h.adminLink)
	staff.POST("/links/:id", h.adminChangeLink)
	desk.Match(read, "/links/:id/sheet", h.adminLinkSheet)
	desk.Match(read, "/links/:id/qr.svg", h.adminLinkSVG)
	desk.Match(read, "/links/:id/qr.png", h.adminLinkPNG)

	staff.Match(read, "/charge", h.adminCharge)
	staff.POST("/charge", h.adminMakeCharge)
	staff.Match(read, "/charge/:id", h.adminCharged)
	staff.Match(read, "/charge/:id/qr.svg", h.adminChargeCode)
	staff.POST("/charge/:id/cancel", h.adminCancelCharge)
	desk.Match(read, "/reports", h.adminReports)
	desk.Match(read, "/reports.csv", h.adminReportsCSV)
	desk.Match(read, "/reports/settlement", h.adminSettlement)
	desk.Match(read, "/reports/settlement.csv", h.adminSettlementCSV)
	desk.Match(read, "/products", h.deskProducts)
	staff.Match(read, "/products/new", h.newProduct)
	desk.Match(read, "/products/export.csv", h.exportProducts)
	staff.Match(read, "/products/import", h.importForm)
	desk.Match(read, "/products/:id", h.editProduct)
	staff.POST("/products/:id/move", h.moveProduct)
	staff.POST("/products/:id/hide", h.hideProduct)
	staff.POST("/products/:id/stock", h.changeStock)
	staff.POST("/products/:id/delete", h.deleteProduct)
	owner.Match(read, "/settings/branding", h.branding)
	// Forms with a file: the only ones with a larger body.
	uploads := e.Group(h.o.BasePath+"/admin", h.sameOrigin, uploadLimit, h.session, h.signedIn, h.needs(models.RoleStaff))
	uploads.POST("/products", h.makeProduct)
	uploads.POST("/products/import", h.importProducts)
	uploads.POST("/products/:id", h.changeProductForm)
	uploads.POST("/settings/branding", h.needs(models.RoleOwner), h.setBranding)

	desk.Match(read, "/webhooks", h.adminWebhooks)
	desk.Match(read, "/webhooks/:id", h.adminDelivery)
	staff.POST("/webhooks/:id/again", h.adminSendAgain)
	owner.POST("/webhooks/endpoints/:id/on", h.adminTurnOn)

	desk.Match(read, "/settings", h.adminSettings)
	desk.Match(read, "/settings/account", h.adminAccount)
	owner.Match(read, "/settings/check", h.adminExamine)
	owner.Match(read, "/settings/sign", h.adminSign)
	owner.POST("/settings/sign", h.adminSign)
	desk.POST("/settings/account/password", h.adminOwnPassword)
	desk.POST("/settings/account/sessions", h.adminOwnSessions)
	desk.Match(read, "/settings/account/second-factor", h.adminSecondFactor)
	desk.Match(read, "/settings/account/second-factor/qr.svg", h.adminSecondFactorQR)
	desk.POST("/settings/account/second-factor", h.adminSetSecondFactor)
	desk.POST("/settings/account/second-factor/remove", h.adminRemoveOwnFactor)
	desk.POST("/settings/account/second-factor/codes", h.adminNewCodes)
	owner.Match(read, "/settings/people", h.adminPeople)
	owner.POST("/settings/people", h.adminAddUser)
	owner.Match(read, "/settings/people/:id", h.adminUser)
	owner.POST("/settings/people/:id", h.adminChangeUser)
	owner.POST("/settings/people/:id/link", h.adminInvite)
	owner.POST("/settings/people/:id/second-factor", h.adminRemoveFactor)
	owner.POST("/settings/people/:id/sessions", h.adminEndSessions)
	owner.Match(read, "/settings/keys", h.adminKeys)
	owner.POST("/settings/keys", h.adminMakeKey)
	owner.POST("/settings/keys/:id/revoke", h.adminRevokeKey)
	owner.Match(read, "/settings/audit", h.adminAudit)

	// Presenter mode, on the machine that runs it.
	stage := own.Group("/demo", h.presenting)
	stage.Match(read, "", h.demo)
	stage.Match(read, "/audience.svg", h.demoAudience)
	stage.Match(read, "/desk", h.session, h.demoDesk)
	stage.Match(read, "/phone", h.demoPhone)
	stage.POST("/phone", h.demoScan)
	stage.POST("/act", h.demoAct)
	e.Group(h.o.BasePath+"/demo", h.sameOrigin, uploadLimit, h.presenting).POST("/restart", h.demoRestart)

	e.Any(h.o.BasePath+"/simulator/*path", h.simulator)
	files := e.Group(h.o.BasePath)
	files.Match(read, "/static/*path", h.static)
	files.Match(read, "/pictures/:id/:width", h.picture)
	files.Match(read, "/theme.css", h.theme)
	for _, name := range []string{"/embed.js", "/embed.v1.js", "/embed.d.ts"} {
		files.Match(read, name, h.embedFile)
	}
	files.Match(read, "/favicon.ico", h.favicon)
	files.Match(read, "/robots.txt", h.robots)
	files.Match(read, "/healthz", h.healthz)
	files.Match(read, "/readyz", forProgram, h.readyz)
	files.Match(read, "/metrics", forProgram, h.metrics)
	return nil
}
