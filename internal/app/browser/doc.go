// Package browser has the tests that look at the pages as people do: in Chromium, over a whole server and both emulators.
//
// It has tests alone. It knows what a person sees and clicks, and what a browser complains about; how a page is made it refuses
// to know.
//
// Start reading at tab, in tab_test.go; house, in house_test.go, is the server that it looks at.
package browser
