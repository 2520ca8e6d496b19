// Sends the return form without waiting for its button, as the gateway's own page does.
document.getElementById("return").submit();
