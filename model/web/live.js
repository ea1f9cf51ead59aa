// What appears in an element with this script is read out.

element.ariaLive = 'polite';
