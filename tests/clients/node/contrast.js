// How well the texts of a page can be read, by WCAG's measure of contrast.
'use strict'

/** Runs inside the page: how many texts there are, and those below the limit of their size. */
function contrasts() {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number)
  const luminance = (colour) => {
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    const [red, green, blue] = numbers(colour).map((value) => linear(value / 255))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const isClear = (colour) => numbers(colour)[3] === 0
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor
    if (!isClear(colour)) return colour
    return element.parentElement ? ground(element.parentElement) : 'rgb(255, 255, 255)'
  }
  const poor = []
  let texts = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.textContent.trim()
    if (text === '' || !element.checkVisibility({ visibilityProperty: true })) continue
    const style = getComputedStyle(element)
    const [one, other] = [luminance(style.color), luminance(ground(element))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    const size = parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    texts += 1
    if (ratio < (isLarge ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${style.color}: ${text}`)
    if (size < 12.5) poor.push(`${size} px: ${text}`)
  }
  return { texts, poor }
}

module.exports = { contrasts }
