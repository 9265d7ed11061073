package record

import "golang.org/x/net/html/atom"

// The sets below are read only.

// blockElements begin and end a line.
var blockElements = set(
	atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details,
	atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form,
	atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend,
	atom.Li, atom.Listing, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Plaintext,
	atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr, atom.Ul, atom.Xmp,
)

// elements are the other ones by which HTML is told from plain text.
var elements = set(
	atom.A, atom.Abbr, atom.B, atom.Base, atom.Big, atom.Br, atom.Button, atom.Cite, atom.Code, atom.Col, atom.Colgroup,
	atom.Del, atom.Em, atom.Font, atom.Head, atom.I, atom.Iframe, atom.Img, atom.Input, atom.Ins, atom.Kbd, atom.Label,
	atom.Link, atom.Mark, atom.Meta, atom.Object, atom.Q, atom.S, atom.Script, atom.Select, atom.Small, atom.Span,
	atom.Strike, atom.Strong, atom.Style, atom.Sub, atom.Sup, atom.Svg, atom.Td, atom.Template, atom.Textarea, atom.Th,
	atom.Time, atom.Title, atom.Tt, atom.U, atom.Var, atom.Video, atom.Wbr,
)

// skippedElements are not shown, nor is anything in them.
var skippedElements = set(
	atom.Audio, atom.Canvas, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Object, atom.Script, atom.Style,
	atom.Svg, atom.Template, atom.Title, atom.Video,
)

// rawElements are the skipped ones in which only their own end tag is markup, even after "<script/>".
var rawElements = set(atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Script, atom.Style, atom.Title)

// voidElements have no end tag.
var voidElements = set(
	atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta,
	atom.Param, atom.Source, atom.Track, atom.Wbr,
)

func set(names ...atom.Atom) map[atom.Atom]bool {
	out := make(map[atom.Atom]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}
