package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	world "raynetsync/internal/app/emulation"
)

// Who lets no script run gets as far as everybody.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	h := begin(t, world.Options{Seed: 5, Plain: true, Items: 2, Mailboxes: 2})
	b := newTab(t, h.url, "en")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.leads("follow the link of the first start", chromedp.Navigate(h.link))
	if hidden, err := evaluate[bool](b, `document.querySelector('script[src="/assets/page.js"]') !== null`); err != nil || !hidden {
		t.Fatalf("the page has no script, so this test shows nothing (%v)", err)
	}
	b.fill("name", "jana").fill("password", password).fill("password-again", password).press("form button.main").want("/setup/microsoft")
	if shown, err := evaluate[int](b, `document.querySelectorAll('button[data-copy]:not([hidden])').length`); err != nil || shown > 0 {
		t.Errorf("%d buttons that need a script are shown (%v)", shown, err)
	}
	b.connectMicrosoft(h).want("/setup/microsoft", "Microsoft 365 is connected.")
	b.connectRaynet(h).want("/setup/raynet", "RAYNET is connected.")
	first := h.Company.Users[0].Email
	b.open("/setup/users").tick(`[name=on][value="`+first+`"]`, true).press("button[name=next]").want("/setup/what")
	b.send("/setup/what").want("/setup/preview").settled().want("/setup/preview", "Nobody will be e-mailed.", first)
	b.send("/setup/keep").want("/setup/run").settled().want("/setup/run", "Done.")
	if got := len(h.Outlook.All(first)); got != 2 {
		t.Errorf("%d events, want 2", got)
	}
	b.open("/").want("/", first)
	b.press("form[action='/sign-out'] button").want("/sign-in")
}
