package browser_test

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"raynetsync/internal/admin/account"
)

const pictureDir = "../../../docs/images/pages"

// watch is a clock that begins at a day of its own, so that pictures taken again show the same one, goes on as every clock does,
// and can be set forward.
type watch struct {
	begun time.Time
	at    time.Time

	mu      sync.Mutex
	skipped time.Duration // guarded by mu
}

func newWatch(at time.Time) *watch { return &watch{begun: time.Now(), at: at} }

func (w *watch) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at.Add(time.Since(w.begun) + w.skipped)
}

func (w *watch) skip(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skipped += d
}

// gallery holds every page against what people need, and takes its picture if it is asked to.
type gallery struct {
	t    *testing.T
	h    *house
	seen map[string]bool // names of pages
}

// signed shows a page to somebody who is signed in, in both languages; lead goes there.
func (g *gallery) signed(name, person string, b *tab, lead func()) {
	g.t.Helper()
	for _, lang := range []string{"en", "cs"} { // at last Czech: what follows is clicked in Czech
		if err := g.h.app.Accounts.SetLanguage(g.t.Context(), account.Actor{Account: person}, lang, ""); err != nil {
			g.t.Fatal(err)
		}
		lead()
		g.hang(name, lang, b)
	}
}

// path shows a page that has an address.
func (g *gallery) path(name string, b *tab, path string) {
	g.t.Helper()
	g.signed(name, "jana", b, func() { b.open(path).settled() })
}

// hang looks at a page in every light and size, and takes its picture.
func (g *gallery) hang(name, lang string, b *tab) {
	g.t.Helper()
	g.seen[name] = true
	if b.page.Lang != lang {
		g.t.Errorf("%s is shown in %s, want %s", name, b.page.Lang, lang)
	}
	if b.page.Status >= 400 && name != "failed" {
		g.t.Errorf("%s = %d", b.page.Path, b.page.Status)
	}
	b.do("press Tab", chromedp.KeyEvent("\t")) // from now on the focus shows
	b.light("light")
	if update() {
		g.picture(name+"."+lang, b)
	}
	b.do("make the window small", chromedp.EmulateViewport(360, 740))
	b.usable("light, 360 px", true)
	b.do("make the window large", chromedp.EmulateViewport(1280, 900))
	b.light("dark")
	b.usable("dark", false)
	b.light("light")
	if _, err := os.Stat(filepath.Join(pictureDir, name+"."+lang+".png")); err != nil {
		g.t.Errorf("there is no picture of the page: go test ./internal/app/browser -run Screenshots -update (%v)", err)
	}
}

// light chooses between light and dark.
func (b *tab) light(scheme string) {
	b.t.Helper()
	b.do("switch to "+scheme, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return chromedp.Void{}, err
	})
}

// tallest is how much of a long page its picture shows.
const tallest = 1200

func (g *gallery) picture(name string, b *tab) {
	g.t.Helper()
	height, err := evaluate[int64](b, `(() => { document.activeElement?.blur(); scrollTo(0, 0); return Math.ceil(document.body.getBoundingClientRect().height) })()`)
	if err != nil {
		g.t.Fatal(err)
	}
	b.do("fit the window", chromedp.EmulateViewport(1280, min(max(height, 480), tallest)))
	ctx, cancel := b.within()
	defer cancel()
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		g.t.Fatal(err)
	}
	if data, err = fewColours(data); err != nil {
		g.t.Fatal(err)
	}
	if len(data) > 150<<10 {
		g.t.Errorf("the picture of %s has %d bytes", name, len(data))
	}
	if err := os.MkdirAll(pictureDir, 0o755); err != nil { //nolint:gosec // documents are public
		g.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictureDir, name+".png"), data, 0o644); err != nil { //nolint:gosec // documents are public
		g.t.Fatal(err)
	}
}

// fewColours makes a picture small: pages have few colours, and the shades at the edges of letters can spare some.
func fewColours(data []byte) ([]byte, error) {
	shown, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	bounds := shown.Bounds()
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(shown.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	often := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range often[:min(len(often), 256)] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	for c := range count {
		nearest[c] = uint8(palette.Index(c)) //nolint:gosec // of 256
	}
	out := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			out.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&small, out)
	return small.Bytes(), err
}

// whole fails unless every template was shown.
func (g *gallery) whole() {
	g.t.Helper()
	files, err := filepath.Glob("../../web/templates/*.html")
	if err != nil || len(files) < 20 {
		g.t.Fatalf("templates: %v, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		if name != "frame" && !strings.HasPrefix(name, "parts") && !g.seen[name] {
			g.t.Errorf("the page %s was not looked at: show it in TestScreenshotsOfEveryPage", name)
		}
	}
	for lang, name := range map[string]string{"cs": "pages.cs.md", "en": "pages.md"} {
		index, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			g.t.Fatal(err)
		}
		for page := range g.seen {
			if !bytes.Contains(index, []byte("images/pages/"+page+"."+lang+".png")) {
				g.t.Errorf("docs/%s does not show the page %s", name, page)
			}
		}
	}
	pictures, err := filepath.Glob(filepath.Join(pictureDir, "*.png"))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, file := range pictures {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		if !g.seen[name] {
			g.t.Errorf("%s is a picture of no page", file)
		}
	}
}
