// Package scenario lives golden scenarios in prose.
package scenario
