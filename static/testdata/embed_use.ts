// What a site in TypeScript writes: compiled against embed.d.ts by a test.
/// <reference path="../embed.d.ts" />

Checkout.open({ items: "demo-tee:1", locale: "zh-Hant", onPaid: (event) => console.log(event.order.number) });
const place = Checkout.mount("#place", { session: "token", onClosed: ({ paid }) => console.log(paid) });
place.close();
Checkout.mount(document.body, { items: [{ sku: "demo-tee" }, { sku: "cup", quantity: 2 }] });
Checkout.close();
document.addEventListener("checkout:paid", (event) => console.log(event.detail.order.id, event.detail.type satisfies "paid"));
document.addEventListener("checkout:resize", (event) => console.log(event.detail.height.toFixed()));

const waiting = (window.Checkout = window.Checkout || []);
waiting.push((checkout) => checkout.open({ session: "token" }));

// @ts-expect-error: either items or session
Checkout.open({ items: "demo-tee:1", session: "token" });
// @ts-expect-error: one of the two
Checkout.open({ locale: "en" });
// @ts-expect-error: prices are the server's
Checkout.open({ items: [{ sku: "demo-tee", price: "1.00" }] });
// @ts-expect-error: there is no such event
Checkout.open({ items: "demo-tee", onPayed: () => {} });
