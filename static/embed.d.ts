/** What embed.js puts into a page. Add it to a TypeScript project beside the <script> element that loads embed.js. */

/** One product and how many pieces of it. Prices come from the shop's server only. */
interface CheckoutItem {
  sku: string;
  /** Defaults to 1. */
  quantity?: number;
}

interface CheckoutOrder {
  id: string;
  /** As people read it: "7K3M-Q2XD". */
  number: string;
}

/** The detail of each event: of the callbacks, and of the CustomEvents "checkout:ready" and so on. */
type CheckoutEvent =
  | { type: "ready" }
  | { type: "resize"; height: number }
  /** The window is about to go to the checkout, or to the wallet. */
  | { type: "redirect"; url?: string }
  /** For the page to show. What the shop delivers on is the webhook. */
  | { type: "paid"; order: CheckoutOrder }
  | { type: "expired"; order: CheckoutOrder }
  | { type: "closed"; paid: boolean };

type CheckoutDetail<T extends CheckoutEvent["type"]> = Extract<CheckoutEvent, { type: T }>;

interface CheckoutCallbacks {
  onReady?(event: CheckoutDetail<"ready">): void;
  onResize?(event: CheckoutDetail<"resize">): void;
  onRedirect?(event: CheckoutDetail<"redirect">): void;
  onPaid?(event: CheckoutDetail<"paid">): void;
  onExpired?(event: CheckoutDetail<"expired">): void;
  onClosed?(event: CheckoutDetail<"closed">): void;
}

interface CheckoutCommon extends CheckoutCallbacks {
  /** "en", "zh-Hant" or "zh-Hans", or a tag like "zh-HK". Defaults to the session's, or the page's <html lang>, then to the browser's languages. */
  locale?: string;
  /** Where the CustomEvents are dispatched. Defaults to the document; for mount, to the place. */
  element?: Element;
}

/** Either items from the shop's shelf, as "demo-tee:1,cup:2" or as a list, or the token of a session made by the API. */
type CheckoutOptions = CheckoutCommon & ({ items: string | CheckoutItem[]; session?: undefined } | { session: string; items?: undefined });

interface CheckoutHandle {
  close(): void;
}

interface CheckoutAPI {
  readonly version: 1;
  /** Shows the checkout over the page; on a phone, goes to it. Call it when somebody has clicked. */
  open(options: CheckoutOptions): CheckoutHandle;
  /** Shows the checkout in a place of the page; on a phone, a link to it. */
  mount(place: string | Element, options: CheckoutOptions): CheckoutHandle;
  /** Closes the modal, if one is open. What was typed, and an order that waits, are there again when it is opened again. */
  close(): void;
  /** Calls each function at once. Before embed.js has loaded, window.Checkout is an array that keeps them for it. */
  push(...work: ((checkout: CheckoutAPI) => void)[]): void;
}

interface Window {
  Checkout: CheckoutAPI | ((checkout: CheckoutAPI) => void)[];
}

declare var Checkout: CheckoutAPI;

interface DocumentEventMap {
  "checkout:ready": CustomEvent<CheckoutDetail<"ready">>;
  "checkout:resize": CustomEvent<CheckoutDetail<"resize">>;
  "checkout:redirect": CustomEvent<CheckoutDetail<"redirect">>;
  "checkout:paid": CustomEvent<CheckoutDetail<"paid">>;
  "checkout:expired": CustomEvent<CheckoutDetail<"expired">>;
  "checkout:closed": CustomEvent<CheckoutDetail<"closed">>;
}
