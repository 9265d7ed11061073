// Package web is the page an administrator looks at: it parses what a browser sends, calls a use-case of package admin, and
// renders the answer as HTML in Czech or English.
//
// It knows addresses, forms, sessions and how answers look. It refuses to know how anything is done: no rule lives behind a
// button, and whatever a page can do, the command line can. Pages work without a script; the little one there is only saves
// clicks. Everything it serves is embedded.
//
// Start reading at Site and at routes, the table of all addresses with the role that each one needs; render.go has the
// templates, guard.go what keeps strangers out.
package web
